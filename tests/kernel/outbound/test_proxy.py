"""An egress proxy is told the checked address and never a name, and nothing goes round it."""

import contextlib
import select
import socket

import pytest

from aurous.kernel.outbound.client import fetch
from aurous.kernel.outbound.errors import FetchFailed, UrlRefused
from aurous.kernel.outbound.limits import Limits
from aurous.kernel.outbound.network import Proxy, parse_proxy
from tests.kernel.outbound.servers import ok, redirect
from tests.kernel.outbound.world import LIMITS, PUBLIC, PUBLIC_V6, URL

INSIDE = "10.0.0.8"
PROXY = "http://egress:3128"
ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


@pytest.fixture
def proxy(world, serve):
    """A tiny CONNECT proxy in front of this world's servers."""
    world.names["egress"] = [INSIDE]

    def script(visit):
        address = visit.head().split(b" ")[1].rpartition(b":")[0].strip(b"[]").decode()
        with socket.create_connection(("127.0.0.1", world.server_at(address).port)) as far:
            visit.say(ESTABLISHED)
            with contextlib.suppress(OSError):
                _relay(visit.connection, far)

    return serve(script, address=INSIDE, tls=False)


def _relay(near, far):
    """Carry bytes both ways until one side has no more."""
    other = {near: far, far: near}
    while True:
        ready, _, _ = select.select([near, far], [], [], 20)
        for side in ready:
            data = side.recv(65_536)
            if not data:
                return
            other[side].sendall(data)


def test_the_proxy_is_asked_for_the_checked_address_and_tls_for_the_name(world, serve, proxy):
    server = serve(ok(b"cat"))
    assert fetch(URL, LIMITS, proxy=PROXY, network=world.network) == b"cat"
    assert proxy.requests == [
        b"CONNECT 93.184.216.34:443 HTTP/1.1\r\nHost: 93.184.216.34:443\r\n\r\n"
    ]
    assert server.names == ["files.example.com"]
    assert b"\r\nHost: files.example.com\r\n" in server.requests[0]
    assert world.dialled == [(INSIDE, 3128)]
    assert world.asked == ["files.example.com.", "egress"]


def test_an_ipv6_address_is_asked_for_in_brackets(world, serve, proxy):
    world.names["files.example.com"] = [PUBLIC_V6]
    serve(ok(b"cat"), address=PUBLIC_V6)
    assert fetch(URL, LIMITS, proxy=PROXY, network=world.network) == b"cat"
    assert proxy.requests[0].startswith(b"CONNECT [2606:2800:220:1::1]:443 HTTP/1.1\r\n")


def test_each_redirect_goes_through_the_proxy(world, serve, proxy):
    world.names["cdn.example.com"] = [PUBLIC_V6]
    serve(redirect("https://cdn.example.com/"))
    serve(ok(b"cat"), address=PUBLIC_V6)
    assert fetch(URL, LIMITS, proxy=PROXY, network=world.network) == b"cat"
    assert [address for address, _ in world.dialled] == [INSIDE, INSIDE]


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.0.0.8", "169.254.169.254"])
def test_the_proxy_is_never_asked_for_what_is_not_public(world, proxy, inside):
    world.names["files.example.com"] = [inside]
    for url in (URL, f"https://{inside}/"):
        with pytest.raises(UrlRefused):
            fetch(url, LIMITS, proxy=PROXY, network=world.network)
    assert proxy.connections == 0
    assert world.canary.connections() == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/\r\n\r\n",
        ESTABLISHED + b"and then some",
        b"garbage\r\n\r\n",
        b"",
    ],
)
def test_a_tunnel_that_is_not_opened_cleanly_is_a_failed_fetch(world, serve, raw):
    world.names["egress"] = [INSIDE]
    serve(raw, address=INSIDE, tls=False)
    with pytest.raises(FetchFailed, match="cannot be reached"):
        fetch(URL, LIMITS, proxy=PROXY, network=world.network)
    assert world.canary.connections() == 0


def test_when_the_proxy_opens_no_tunnel_to_one_address_it_is_asked_for_the_next(world, serve):
    world.names |= {"egress": [INSIDE], "files.example.com": [PUBLIC_V6, PUBLIC]}
    refusing = serve(b"HTTP/1.1 502 Bad Gateway\r\n\r\n", address=INSIDE, tls=False)
    with pytest.raises(FetchFailed):
        fetch(URL, LIMITS, proxy=PROXY, network=world.network)
    assert [head.split()[1] for head in refusing.requests] == [
        b"[2606:2800:220:1::1]:443",
        b"93.184.216.34:443",
    ]


@pytest.mark.parametrize("limits", [{"connect_s": 0.1}, {"deadline_s": 0.1}])
def test_a_silent_proxy_is_given_up(world, serve, limits):
    world.names["egress"] = [INSIDE]
    serve(lambda visit: visit.be_silent(), address=INSIDE, tls=False)
    with pytest.raises(FetchFailed):
        fetch(
            URL,
            Limits(**({"bytes_max": 9, "deadline_s": 20} | limits)),
            proxy=PROXY,
            network=world.network,
        )


def test_a_proxy_that_cannot_be_reached_is_not_gone_round(world, serve):
    server = serve(ok(b"cat"))
    with pytest.raises(FetchFailed):
        fetch(URL, LIMITS, proxy=PROXY, network=world.network)  # nobody knows the name "egress"
    assert server.connections == 0
    assert world.dialled == []


def test_a_local_host_of_a_developer_is_reached_without_the_proxy(world, serve, proxy):
    world.names["localhost"] = ["127.0.0.1"]
    serve(ok(b"cat"), address="127.0.0.1", tls=False)
    url = "http://localhost:8000/"
    listed = ["localhost:8000"]
    assert fetch(url, LIMITS, local_hosts=listed, proxy=PROXY, network=world.network) == b"cat"
    assert proxy.connections == 0


@pytest.mark.parametrize(
    ("text", "proxy"),
    [
        ("http://egress:3128", Proxy("egress", 3128)),
        ("http://10.0.0.8:1/", Proxy("10.0.0.8", 1)),
        ("http://[fd00::8]:3128", Proxy("fd00::8", 3128)),
    ],
)
def test_a_proxy_is_written_as_host_and_port(text, proxy):
    assert parse_proxy(text) == proxy


@pytest.mark.parametrize(
    "text",
    ["egress:3128", "https://egress:3128", "http://egress", "http://u:p@egress:1", "http://:1"],
)
def test_a_proxy_written_otherwise_is_an_error_of_the_operator(world, text):
    with pytest.raises(ValueError, match="http://host:port"):
        fetch(URL, LIMITS, proxy=text, network=world.network)
