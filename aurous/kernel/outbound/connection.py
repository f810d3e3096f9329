"""From a checked target to a connection that leads exactly there, and nowhere a name says later."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from socket import socket

import h11

from aurous.kernel.outbound.addresses import IPAddress
from aurous.kernel.outbound.errors import FetchFailed
from aurous.kernel.outbound.limits import ADDRESSES_MAX, Limits
from aurous.kernel.outbound.network import Network, Proxy
from aurous.kernel.outbound.patience import Deadline
from aurous.kernel.outbound.resolver import checked_addresses, look_up
from aurous.kernel.outbound.urls import Target
from aurous.kernel.outbound.wire import Wire, told_safely

_UNREACHABLE = "The server cannot be reached. Check that it is up, and try again."


@dataclass(frozen=True, slots=True)
class Trip:
    """What all connections of one request share: its limits, its one deadline, its way out."""

    limits: Limits
    deadline: Deadline
    network: Network
    proxy: Proxy | None


@contextmanager
def connected(target: Target, trip: Trip) -> Iterator[Wire]:
    """A connection to a target for one request, closed at the end.

    Raises ``UrlRefused`` for an address that is not public, ``FetchFailed`` for all else.
    """
    patience = trip.deadline.within(trip.limits.connect_s)
    addresses = checked_addresses(target, trip.network.resolve, patience)
    with closing(_reach_one(addresses[:ADDRESSES_MAX], target, trip)) as opened:
        yield Wire(opened)


def _reach_one(addresses: list[IPAddress], target: Target, trip: Trip) -> socket:
    """The first address that lets itself be connected to; TLS must then work there."""
    for address in addresses:
        patience = trip.deadline.within(trip.limits.connect_s)
        try:
            opened = _open(address, target, trip, patience)
        except (OSError, FetchFailed):
            trip.deadline.left_s()  # ends the search when the time is over
            continue
        return _secured(opened, target, trip, patience) if target.scheme == "https" else opened
    raise FetchFailed(_UNREACHABLE)


def _open(address: IPAddress, target: Target, trip: Trip, patience: Deadline) -> socket:
    """A socket to the address, through the proxy if there is one. Raises ``OSError``."""
    if trip.proxy is None or target.local:
        return trip.network.connect(address, target.port, patience.left_s())
    entrance, *_ = look_up(trip.proxy.host, trip.network.resolve, patience)
    opened = trip.network.connect(entrance, trip.proxy.port, patience.left_s())
    try:
        _tunnel(opened, address, target.port, patience)
    except BaseException:
        opened.close()
        raise
    return opened


def _tunnel(opened: socket, address: IPAddress, port: int, patience: Deadline) -> None:
    """Ask the proxy for the checked address: told the name, it would look it up once more."""
    place = f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
    wire = Wire(opened)
    wire.ask(h11.Request(method="CONNECT", target=place, headers=[("Host", place)]), b"", patience)
    if wire.head(patience).status_code != 200 or wire.trailing:
        raise ConnectionRefusedError


def _secured(opened: socket, target: Target, trip: Trip, patience: Deadline) -> ssl.SSLSocket:
    """TLS with the name of the host, whatever address it has. Closes the socket if that fails."""
    context = trip.network.trust()
    with told_safely(), ExitStack() as undo:
        undo.callback(opened.close)
        opened.settimeout(patience.left_s())
        secured = context.wrap_socket(
            opened,
            server_hostname=target.host,
            # Asked for below: wrap_socket leaves it out, quietly, if the peer is gone by then.
            do_handshake_on_connect=False,
            # A body that ends with the connection must end with TLS's goodbye, or it was cut.
            suppress_ragged_eofs=False,
        )
        undo.callback(secured.close)
        secured.do_handshake()
        undo.pop_all()
    return secured
