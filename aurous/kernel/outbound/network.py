"""What lies between us and the internet: names, sockets, trust, and a proxy if there is one.

Nothing here is read from the environment. Tests put their own in.
"""

import re
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import certifi

from aurous.kernel.outbound.addresses import IPAddress
from aurous.kernel.outbound.resolver import Resolve, system_addresses

Connect = Callable[[IPAddress, int, float], socket.socket]

_PROXY = re.compile(r"http://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})/?")


def open_socket(address: IPAddress, port: int, timeout_s: float) -> socket.socket:
    """Connect to exactly this address. Raises ``OSError``."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.settimeout(timeout_s)
        opened.connect((str(address), port))
    except BaseException:
        opened.close()
        raise
    return opened


@lru_cache(maxsize=1)
def public_trust() -> ssl.SSLContext:
    """TLS 1.2 or newer, the certificate authorities of certifi, the host's name checked.

    Not `ssl.create_default_context`: that writes the keys of connections to a file if the
    environment says so.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(cafile=certifi.where())
    return context


@dataclass(frozen=True, slots=True)
class Network:
    """How addresses are found and reached, and who is trusted to vouch for a name."""

    resolve: Resolve = system_addresses
    connect: Connect = open_socket
    trust: Callable[[], ssl.SSLContext] = public_trust


SYSTEM = Network()


@dataclass(frozen=True, slots=True)
class Proxy:
    """An egress proxy that opens tunnels with CONNECT. Ours, so its address may be private."""

    host: str
    port: int


def parse_proxy(text: str) -> Proxy:
    """Read ``http://host:port``. Raises ``ValueError``, which is for the operator."""
    parts = _PROXY.fullmatch(text)
    if not parts:
        raise ValueError(f"an egress proxy is written http://host:port, not {text!r}")
    return Proxy(parts[1].strip("[]"), int(parts[2]))
