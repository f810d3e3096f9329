"""Where a request came from, and whether its key may be used from there."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from aurous.http.caller import Caller
from aurous.kernel.errors import AurousError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
# ::ffff:0:0/96 is where IPv6 keeps the IPv4 addresses.
_MAPPED_BITS = 96


class HasMeta(Protocol):
    """A Django or a DRF request."""

    @property
    def META(self) -> Mapping[str, Any]:  # noqa: N802 (Django's name)
        """The request's headers and addresses, as WSGI names them."""
        ...


def check_network(caller: Caller, request: HasMeta) -> None:
    """Raise ``ip_not_allowed`` unless the caller's key may be used from this address."""
    if not caller.networks:
        return
    address = client_address(request)
    if address is not None and any(address in network for network in caller.networks):
        return
    raise AurousError(
        "ip_not_allowed",
        f"This API key may not be used from {address or 'an unknown address'}. Use it from a "
        "network on its allow-list, or add this network to the list.",
    )


def client_address(request: HasMeta) -> Address | None:
    """The caller's address, or None where it cannot be known.

    Anybody can write an ``X-Forwarded-For``; a proxy adds the address that it saw on the right.
    So it is read from the right, and only as long as the one who wrote it is a trusted proxy. An
    entry that is no address ends in None: nothing further left can be believed.
    """
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    trusted = _trusted_proxies()
    if not trusted:
        return address
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "")
    for hop in reversed(hops.split(",") if hops else []):
        if address is None or not any(address in network for network in trusted):
            return address
        address = parse_address(hop)
    return address


def parse_address(text: str) -> Address | None:
    """An address, with or without a port (``1.2.3.4:80``, ``[::1]:80``); None for anything else.

    IPv4 that comes inside IPv6 (``::ffff:1.2.3.4``) is IPv4: one machine, one address.
    """
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


@lru_cache(maxsize=1024)
def parse_network(text: str) -> Network:
    """A network such as ``10.0.0.0/8`` or one address; a mapped IPv4 network becomes IPv4.

    Raises ``ValueError`` with a sentence, also where host bits are set (``10.0.0.1/8``): such a
    list would let in more than its author sees.
    """
    try:
        network = ip_network(text.strip(), strict=False)
    except ValueError as error:
        raise ValueError(f"{text!r} is no IP network; write it as 203.0.113.0/24") from error
    if ip_address(text.strip().partition("/")[0]) != network.network_address:
        raise ValueError(f"{text!r} has bits set behind its prefix; did you mean {network}?")
    return _unmapped(network)


def _unmapped(network: Network) -> Network:
    if isinstance(network, IPv4Network) or network.prefixlen < _MAPPED_BITS:
        return network
    inside = network.network_address.ipv4_mapped
    return network if inside is None else IPv4Network((inside, network.prefixlen - _MAPPED_BITS))


def parse_networks(texts: tuple[str, ...]) -> tuple[Network, ...]:
    """Several networks at once; raises ``ValueError`` at the first that is none."""
    return tuple(parse_network(text) for text in texts)


def _trusted_proxies() -> tuple[Network, ...]:
    try:
        return parse_networks(tuple(settings.TRUSTED_PROXIES))
    except ValueError as error:
        raise ImproperlyConfigured(f"AUROUS_TRUSTED_PROXIES: {error}") from error
