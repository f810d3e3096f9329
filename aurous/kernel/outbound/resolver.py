"""Names to addresses: asked once, in a thread that can be left behind, and all or none public."""

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from aurous.kernel.outbound.addresses import IPAddress, is_public
from aurous.kernel.outbound.errors import FetchFailed, UrlRefused
from aurous.kernel.outbound.patience import Deadline
from aurous.kernel.outbound.urls import Target

LOOKUPS_MAX = 64  # at once in a process; the thread of one that hangs counts until it ends

Resolve = Callable[[str], Sequence[str]]

_UNKNOWN = "The host is not known. Check its spelling."
_TOO_SLOW = "The host's name servers are too slow. Try again."
_NOT_PUBLIC = "The host has an address that is not public. Use one that has none such."
_slots = threading.BoundedSemaphore(LOOKUPS_MAX)


def system_addresses(name: str) -> Sequence[str]:
    """What the machine's own resolver says, in the order in which it wants them tried."""
    found = socket.getaddrinfo(name.encode("ascii"), None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def checked_addresses(target: Target, resolve: Resolve, deadline: Deadline) -> list[IPAddress]:
    """The addresses of a target, in order. One that is not public refuses the whole host.

    Raises ``UrlRefused`` for that and ``FetchFailed`` if there is no answer in time. A local
    target's addresses are not checked.
    """
    if target.address is not None:
        return [target.address]
    # With a dot at its end the name is whole: no search list makes another one of it.
    name = target.host if target.local else f"{target.host}."
    addresses = look_up(name, resolve, deadline)
    if not target.local and not all(is_public(address) for address in addresses):
        raise UrlRefused(_NOT_PUBLIC)
    return addresses


def look_up(name: str, resolve: Resolve, deadline: Deadline) -> list[IPAddress]:
    """Ask once, for no longer than the deadline: the system's resolver has no limit of its own."""
    if not _slots.acquire(timeout=deadline.left_s()):
        raise FetchFailed(_TOO_SLOW)
    answer: Future[Sequence[str]] = Future()
    # A daemon: a look-up that hangs must not keep a process from ending.
    threading.Thread(target=_ask, args=(name, resolve, answer), daemon=True).start()
    try:
        texts = answer.result(deadline.left_s())
        addresses = [ipaddress.ip_address(text) for text in texts]
    except TimeoutError:
        raise FetchFailed(_TOO_SLOW) from None
    except (OSError, ValueError):
        raise FetchFailed(_UNKNOWN) from None
    if not addresses:
        raise FetchFailed(_UNKNOWN)
    return addresses


def _ask(name: str, resolve: Resolve, answer: "Future[Sequence[str]]") -> None:
    try:
        answer.set_result(resolve(name))
    except Exception as error:
        answer.set_exception(error)
    finally:
        _slots.release()
