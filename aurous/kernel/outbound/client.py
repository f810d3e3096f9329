"""The two things that are asked of a stranger's server: give a file, take a message."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import h11

from aurous.kernel.outbound.connection import Trip, connected
from aurous.kernel.outbound.errors import BodyTooLarge, FetchFailed
from aurous.kernel.outbound.limits import Limits
from aurous.kernel.outbound.network import SYSTEM, Network, parse_proxy
from aurous.kernel.outbound.patience import Deadline, Flow
from aurous.kernel.outbound.urls import Target, parse_target
from aurous.kernel.outbound.wire import Wire

USER_AGENT = "Aurous/1"
REDIRECTS = {301, 302, 303, 307, 308}
# Answers that are fine and yet not the file: nothing, nothing again, a part.
NOT_THE_FILE = {204, 205, 206}
# What the client says itself; a caller's own would contradict it.
OWN_HEADERS = {
    "accept-encoding",
    "connection",
    "content-length",
    "expect",
    "host",
    "te",
    "transfer-encoding",
    "upgrade",
    "user-agent",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered to `send`: header names in lower case, ``body`` cut at the limit."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def fetch(
    url: str,
    limits: Limits,
    *,
    local_hosts: Collection[str] = (),
    proxy: str | None = None,
    on_length: Callable[[int], None] | None = None,
    network: Network = SYSTEM,
) -> memoryview:
    """GET a file, never empty, following redirects. Blocks for ``limits.deadline_s`` at most.

    ``on_length`` is called once, before the body is read, with the most bytes that it may have.
    It may wait or raise; the time it takes counts. ``proxy`` is ``http://host:port``. Raises
    ``UrlMalformed``, ``UrlRefused``, ``FetchFailed`` or ``BodyTooLarge``.
    """
    trip = _trip(limits, proxy, network)
    target = parse_target(url, local_hosts=local_hosts)
    for _ in range(limits.redirects_max + 1):
        with _asked("GET", target, [("Accept", "*/*")], b"", trip) as (wire, head):
            if head.status_code not in REDIRECTS:
                return _file(wire, head, trip, on_length)
            location = _location(head)
        target = target.redirect(location, local_hosts=local_hosts)
    raise FetchFailed(f"The URL redirects more than {limits.redirects_max} times.")


def send(
    method: str,
    url: str,
    limits: Limits,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    local_hosts: Collection[str] = (),
    proxy: str | None = None,
    network: Network = SYSTEM,
) -> Reply:
    """Send a message once and give the answer, whatever its status. Follows no redirect.

    Of the answer's body ``limits.bytes_max`` bytes are kept. Raises as `fetch` does, except
    ``BodyTooLarge``, and ``ValueError`` for headers that are the client's or cannot be written.
    """
    own = {name.lower() for name in headers or {}} & OWN_HEADERS
    if own:
        raise ValueError(f"these headers are the client's: {sorted(own)}")
    given = [*(headers or {}).items(), ("Content-Length", str(len(body)))]
    trip = _trip(limits, proxy, network)
    target = parse_target(url, local_hosts=local_hosts)
    with _asked(method, target, given, body, trip) as (wire, head):
        kept = wire.first_of_body(limits.bytes_max, Flow(limits, trip.deadline))
    told = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
    return Reply(head.status_code, told, kept)


def _trip(limits: Limits, proxy: str | None, network: Network) -> Trip:
    deadline = Deadline.after(limits.deadline_s)
    return Trip(limits, deadline, network, parse_proxy(proxy) if proxy else None)


@contextmanager
def _asked(
    method: str, target: Target, headers: list[tuple[str, str]], body: bytes, trip: Trip
) -> Iterator[tuple[Wire, h11.Response]]:
    """A connection on which a request was sent and the head of its answer has come."""
    request = _request(method, target, headers)
    with connected(target, trip) as wire:
        wire.ask(request, body, trip.deadline)
        yield wire, wire.head(trip.deadline.within(trip.limits.head_s))


def _request(method: str, target: Target, headers: list[tuple[str, str]]) -> h11.Request:
    common = [
        ("Host", target.authority),
        ("User-Agent", USER_AGENT),
        ("Accept-Encoding", "identity"),
        ("Connection", "close"),
    ]
    try:
        return h11.Request(method=method, target=target.path_and_query, headers=[*common, *headers])
    except h11.LocalProtocolError:
        raise ValueError("the method or a header cannot be written in HTTP/1.1") from None


def _file(
    wire: Wire, head: h11.Response, trip: Trip, on_length: Callable[[int], None] | None
) -> memoryview:
    _check_is_the_file(head)
    announced = _announced_bytes(head)
    if announced is not None and announced > trip.limits.bytes_max:
        raise BodyTooLarge(trip.limits.bytes_max)
    if on_length is not None:
        on_length(trip.limits.bytes_max if announced is None else announced)
    body = wire.whole_body(trip.limits.bytes_max, Flow(trip.limits, trip.deadline))
    if not body:
        raise FetchFailed("The server answered with an empty file.")
    return body


def _check_is_the_file(head: h11.Response) -> None:
    status = head.status_code
    if not 200 <= status < 300 or status in NOT_THE_FILE:
        raise FetchFailed(f"The server answered with status {status} where 200 was expected.")
    for coding in _values(head, b"content-encoding"):
        if coding.strip().lower() not in {b"", b"identity"}:
            raise FetchFailed("The server sent the file compressed although asked not to.")


def _announced_bytes(head: h11.Response) -> int | None:
    """The length of the body, where it is told; h11 has seen to it that it is one number."""
    if _values(head, b"transfer-encoding"):
        return None
    lengths = _values(head, b"content-length")
    return int(lengths[0]) if lengths else None


def _location(head: h11.Response) -> str:
    places = _values(head, b"location")
    if len(places) != 1:
        raise FetchFailed("The URL redirects and does not say where to.")
    try:
        return places[0].decode("utf-8")
    except UnicodeDecodeError:
        raise FetchFailed("The URL redirects to something that is no URL.") from None


def _values(head: h11.Response, name: bytes) -> list[bytes]:
    return [bytes(value) for found, value in head.headers if found == name]
