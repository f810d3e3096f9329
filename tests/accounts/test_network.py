from dataclasses import replace

import pytest
from django.test import RequestFactory

from aurous.http.caller import Caller
from aurous.http.network import check_network, client_address, parse_network, parse_networks
from aurous.kernel.errors import AurousError

CALLER = Caller(
    team_id="team_1",
    team_name="Acme",
    api_key_id="key_1",
    scope="full",
    models=None,
    version_pin="2026-05-15",
    billing_mode="metered",
)


def request_from(address, forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return RequestFactory().get("/", REMOTE_ADDR=address, **headers)


def allowed(networks, address, forwarded=None):
    caller = replace(CALLER, networks=parse_networks(tuple(networks)))
    try:
        check_network(caller, request_from(address, forwarded))
    except AurousError as error:
        assert error.code == "ip_not_allowed"
        return False
    return True


def test_a_key_without_networks_works_from_anywhere():
    check_network(CALLER, request_from("198.51.100.7"))
    check_network(CALLER, request_from("no address"))


@pytest.mark.parametrize(
    ("networks", "address", "expected"),
    [
        (["203.0.113.0/24"], "203.0.113.9", True),
        (["203.0.113.0/24"], "203.0.114.1", False),
        (["203.0.113.9"], "203.0.113.9", True),
        (["198.51.100.0/24", "2001:db8::/32"], "2001:db8::1", True),
        (["2001:db8::/32"], "2001:db9::1", False),
        # IPv4 inside IPv6 is IPv4, on both sides of the comparison.
        (["203.0.113.0/24"], "::ffff:203.0.113.9", True),
        (["203.0.113.0/24"], "::ffff:cb00:7109", True),
        (["::ffff:203.0.113.0/120"], "203.0.113.9", True),
        (["::ffff:203.0.113.0/120"], "203.0.114.9", False),
        # The whole of one family is nothing of the other.
        (["0.0.0.0/0"], "2001:db8::1", False),
        (["::/0"], "203.0.113.9", False),
        (["203.0.113.0/24"], "", False),
        (["203.0.113.0/24"], "203.0.113.009", False),
        (["203.0.113.0/24"], "unix:", False),
    ],
)
def test_an_address_is_let_in_by_the_networks_that_hold_it(networks, address, expected):
    assert allowed(networks, address) is expected


def test_a_forwarded_address_is_not_believed_without_trusted_proxies(settings):
    settings.TRUSTED_PROXIES = []
    assert not allowed(["203.0.113.0/24"], "198.51.100.7", "203.0.113.9")
    assert allowed(["198.51.100.0/24"], "198.51.100.7", "203.0.113.9")


def test_a_forwarded_address_is_not_believed_from_a_stranger(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert not allowed(["203.0.113.0/24"], "198.51.100.7", "203.0.113.9")


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9, 10.0.0.2", "203.0.113.9"),
        # What the caller wrote stands left of what the proxy saw.
        ("192.0.2.1, 203.0.113.9", "203.0.113.9"),
        ("192.0.2.1, 203.0.113.9, 10.0.0.2,10.0.0.3", "203.0.113.9"),
        ("10.0.0.9, 203.0.113.9", "203.0.113.9"),
        ("not an address, 203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:51234", "203.0.113.9"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        # Nobody but proxies: the furthest one is the caller.
        ("10.0.0.2", "10.0.0.2"),
        ("", "10.0.0.1"),
        # A hop that is no address hides whatever is left of it.
        ("203.0.113.9, unknown", "None"),
        ("203.0.113.9, unknown, 10.0.0.2", "None"),
        ("203.0.113.9,", "None"),
    ],
)
def test_the_callers_address_is_the_first_untrusted_one_from_the_right(
    settings, forwarded, expected
):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert str(client_address(request_from("10.0.0.1", forwarded))) == expected


def test_a_trusted_proxy_may_be_seen_through_ipv6(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.1"]
    assert str(client_address(request_from("::ffff:10.0.0.1", "203.0.113.9"))) == "203.0.113.9"


@pytest.mark.parametrize("text", ["", "example.com", "10.0.0.0/33", "10.0.0.0/-1", "1.2.3", "::g"])
def test_what_is_no_network_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="is no IP network"):
        parse_network(text)


def test_host_bits_are_refused_with_the_network_that_was_probably_meant():
    with pytest.raises(ValueError, match=r"did you mean 10\.0\.0\.0/8"):
        parse_network("10.0.0.1/8")
