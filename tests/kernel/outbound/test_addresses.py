"""Which addresses are public: a table of kinds, and properties over all of them."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aurous.kernel.outbound.addresses import is_public

V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
V6 = st.integers(0, 2**128 - 1).map(IPv6Address)
# Near the edges of the special ranges, where tables are wrong if they are.
EDGES_V4 = st.sampled_from(
    [
        *("0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255"),
        *("127.0.0.0", "127.255.255.255", "169.254.0.0", "169.254.255.255", "172.16.0.0"),
        *("172.31.255.255", "192.0.0.0", "192.0.0.255", "192.0.2.0", "192.0.2.255"),
        *("192.88.99.0", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255"),
        *("198.51.100.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0"),
    ]
).map(IPv4Address)
PRIVATE_V4 = (V4 | EDGES_V4).filter(lambda address: not is_public(address))

PUBLIC = {
    "name servers": "1.1.1.1 8.8.8.8 2001:4860:4860::8888 2606:4700:4700::1111 2620:fe::fe",
    "hosts": "93.184.216.34 2606:2800:220:1::1 2a00:1450::1 2001:200::",
    "beside the private": "9.255.255.255 11.0.0.0 172.15.255.255 172.32.0.0 192.169.0.0",
    "beside the local": "126.255.255.255 128.0.0.0 169.253.255.255 169.255.0.0 168.63.129.15",
    "beside others": "100.63.255.255 100.128.0.0 192.0.1.0 192.0.3.0 198.20.0.0 223.255.255.255",
    "NAT64": "64:ff9b::8.8.8.8 64:ff9b::5db8:d822",
    "ISATAP": "2606:2800:220:1:0:5efe:808:808",
}
SPECIAL = {
    "this host": "0.0.0.0 0.1.2.3 ::",
    "loopback": "127.0.0.1 127.8.8.8 ::1",
    "private": "10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 fc00::1 fd00::1",
    "carrier-grade NAT": "100.64.0.1 100.127.255.255",
    "link-local": "169.254.0.1 fe80::1 febf::1 fe80::1%eth0 2606:4700::1%eth0",
    "site-local": "fec0::1 feff::1",
    "metadata": "169.254.169.254 100.100.100.200 168.63.129.16 192.0.0.192 fd00:ec2::254",
    "protocols": "192.0.0.1 192.0.0.9 192.0.0.170 2001:1::1 2001:3::1 2001:10::1 2001:20::1 100::1",
    "documentation": "192.0.2.1 198.51.100.1 203.0.113.1 2001:db8::1 3fff::1",
    "benchmarking": "198.18.0.1 198.19.255.255 2001:2::1",
    "multicast": "224.0.0.1 224.0.1.1 232.1.1.1 239.255.255.250 ff02::1 ff05::2 ff0e::1",
    "reserved": "240.0.0.1 255.255.255.255 ::2 100:0:0:1::1 4000::1 5f00::1 8000::1",
    "mapped": "::ffff:127.0.0.1 ::ffff:8.8.8.8 ::ffff:0:8.8.8.8",
    "compatible": "::127.0.0.1 ::8.8.8.8",
    "6to4": "192.88.99.1 2002:7f00:1:: 2002:808:808::1",
    "NAT64": "64:ff9b::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::169.254.169.254",
    "local NAT64": "64:ff9b:1::127.0.0.1 64:ff9b:1::8.8.8.8",
    "Teredo": "2001::1 2001:0:808:808::",
    "ISATAP": "2606:2800:220:1:0:5efe:127.0.0.1 2606:2800:220:1:200:5efe:192.168.0.1",
}


def listed(kinds):
    return [text for texts in kinds.values() for text in texts.split()]


@pytest.mark.parametrize("text", listed(PUBLIC))
def test_an_address_of_the_internet_is_public(text):
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", listed(SPECIAL))
def test_a_special_address_is_not_public(text):
    assert not is_public(ip_address(text))


@given(V4 | EDGES_V4 | V6)
def test_what_python_calls_not_global_is_never_public(address):
    if not address.is_global or address.is_multicast or address.is_private or address.is_loopback:
        assert not is_public(address)


@given(V6)
def test_only_what_was_given_out_and_nat64_is_public(address):
    if is_public(address):
        assert any(address in IPv6Network(text) for text in ("2000::/3", "64:ff9b::/96"))


WRAPPINGS = {
    "mapped": lambda inner: 0xFFFF << 32 | inner,
    "translated": lambda inner: 0xFFFF << 48 | inner,
    "compatible": lambda inner: inner,
    "6to4": lambda inner: 0x2002 << 112 | inner << 80 | 1,
    "NAT64": lambda inner: 0x64FF9B << 96 | inner,
    "local NAT64 /96": lambda inner: 0x64FF9B0001 << 80 | inner,
    "local NAT64 /48": lambda inner: (
        0x64FF9B0001 << 80 | inner >> 16 << 64 | (inner & 0xFFFF) << 40
    ),
    "Teredo server": lambda inner: 0x20010000 << 96 | inner << 64 | 0xF7F7F7F7,
    "Teredo client": lambda inner: 0x20010000 << 96 | 0x08080808 << 64 | inner ^ 0xFFFFFFFF,
    "ISATAP": lambda inner: 0x26062800_02200001_00005EFE << 32 | inner,
    "global ISATAP": lambda inner: 0x26062800_02200001_02005EFE << 32 | inner,
}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
@given(inner=PRIVATE_V4)
def test_a_special_address_stays_special_however_it_is_wrapped(wrap, inner):
    assert not is_public(IPv6Address(wrap(int(inner))))


@given(V4)
def test_nat64_is_as_public_as_what_it_leads_to(inner):
    assert is_public(IPv6Address(WRAPPINGS["NAT64"](int(inner)))) == is_public(inner)
