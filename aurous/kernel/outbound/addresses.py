"""Which addresses belong to the public internet. Everything else is somebody's inside.

Python's `is_global` changes from release to release, so it can only refuse here; what is refused
in any case stands in the tables. Addresses that carry an IPv4 address in them are refused where
the public internet has no use for them, and unwrapped and checked where it has.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

IPAddress = IPv4Address | IPv6Address

_NOT_PUBLIC_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's own services, seen from its machines
        "169.254.0.0/16",  # link-local, metadata services
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays to 6to4
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

# All that was ever given out. Outside are loopback, mapped and compatible IPv4, local NAT64,
# unique-local (a cloud's fd00:ec2::254 too), link-local, site-local and multicast.
_GIVEN_OUT_V6 = IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
    )
)

# What a network without IPv4 sees instead of every IPv4 address.
_NAT64 = IPv6Network("64:ff9b::/96")
# The host part of an ISATAP address is one of these (the second with the "global" bit set) and
# then an IPv4 address.
_ISATAP_MARKS = {0x0000_5EFE, 0x0200_5EFE}


def is_public(address: IPAddress) -> bool:
    """Whether anybody on the internet could reach this address."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in _NOT_PUBLIC_V4)
    if address.scope_id is not None or not address.is_global:
        return False
    if address in _NAT64:
        return is_public(_last_32_bits(address))
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP_MARKS and not is_public(
        _last_32_bits(address)
    ):
        return False
    return address in _GIVEN_OUT_V6 and not any(address in network for network in _NOT_PUBLIC_V6)


def _last_32_bits(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)
