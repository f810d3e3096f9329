"""Redirects: at most three, each read, looked up and checked as if it were the first URL."""

import pytest

from aurous.kernel.outbound.client import fetch
from aurous.kernel.outbound.errors import FetchFailed, UrlRefused
from aurous.kernel.outbound.urls import parse_target
from tests.kernel.outbound.servers import ok, redirect
from tests.kernel.outbound.world import LIMITS, PUBLIC, URL

OTHER = "93.184.216.77"


def chain(*answers):
    """A server that gives these answers one after the other."""
    waiting = iter(answers)

    def script(visit):
        visit.head()
        visit.say(next(waiting))

    return script


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed_with_a_get(world, serve, status):
    server = serve(chain(redirect("/other.png?v=2#top", status), ok(b"cat")))
    assert fetch(URL, LIMITS, network=world.network) == b"cat"
    assert server.requests[1].startswith(b"GET /other.png?v=2 HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("location", "line"),
    [
        ("dog.png", b"GET /a/dog.png HTTP/1.1"),
        ("../dog.png", b"GET /dog.png HTTP/1.1"),
        ("?size=1", b"GET /a/cat.png?size=1 HTTP/1.1"),
        ("//files.example.com/x", b"GET /x HTTP/1.1"),
        ("https://files.example.com", b"GET / HTTP/1.1"),
        ("/hündchen.png", b"GET /h%C3%BCndchen.png HTTP/1.1"),
    ],
)
def test_a_relative_redirect_is_read_from_where_it_stands(world, serve, location, line):
    to = redirect(location.encode().decode("latin-1"))
    server = serve(chain(to, ok(b"cat")))
    fetch("https://files.example.com/a/cat.png?x=1", LIMITS, network=world.network)
    assert server.requests[1].split(b"\r\n")[0] == line


def test_three_redirects_are_followed_and_four_are_not(world, serve):
    hops = [redirect(f"/{hop}") for hop in range(3)]
    serve(chain(*hops, ok(b"cat"), *hops, redirect("/3"), ok(b"cat")))
    assert fetch(URL, LIMITS, network=world.network) == b"cat"
    with pytest.raises(FetchFailed, match="more than 3 times"):
        fetch(URL, LIMITS, network=world.network)


def test_a_loop_of_redirects_ends(world, serve):
    server = serve(redirect(URL))
    with pytest.raises(FetchFailed, match="more than 3 times"):
        fetch(URL, LIMITS, network=world.network)
    assert server.connections == 4


def test_a_redirect_to_another_host_is_looked_up_and_takes_nothing_along(world, serve):
    world.names["cdn.example.com"] = [OTHER]
    first = serve(
        redirect("https://cdn.example.com/cat.png").replace(
            b"Location", b"Set-Cookie: session=1\r\nLocation"
        )
    )
    second = serve(ok(b"cat"), address=OTHER)
    assert fetch(URL, LIMITS, network=world.network) == b"cat"
    assert world.asked == ["files.example.com.", "cdn.example.com."]
    assert world.dialled == [(PUBLIC, 443), (OTHER, 443)]
    assert second.names == ["cdn.example.com"]
    assert second.requests[0] == first.requests[0].replace(b"files.", b"cdn.")


REFUSED = [
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://localhost/",
    "https://2130706433/",
    "https://127.0.0.1:443\\@files.example.com/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00:ec2::254]/",
    "https://inside.example.com/",
    "https://mixed.example.com/",
    "https://files.example.com:8443/",
    "https://files.example.com@127.0.0.1/",
    "https://user:password@files.example.com/",
    "//127.0.0.1/",
    "//user@files.example.com/",
    "\\\\127.0.0.1\\",
    "/\\127.0.0.1/",
    "http://files.example.com/cat.png",
    "http://127.0.0.1/",
    "file:///etc/passwd",
    "ftp://files.example.com/",
    "data:image/png;base64,AAAA",
    "gopher://127.0.0.1:6379/",
    "https://exa\tmple.com/",
    "https://files.example.com/a b",
    "/" + "a" * 2_048,
]


@pytest.mark.parametrize("location", REFUSED, ids=[text[:40] for text in REFUSED])
def test_a_redirect_to_what_is_not_fetched_is_refused_unconnected(world, serve, location):
    world.names["inside.example.com"] = ["10.0.0.1"]
    world.names["mixed.example.com"] = [PUBLIC, "127.0.0.1"]
    server = serve(redirect(location))
    with pytest.raises(UrlRefused):
        fetch(URL, LIMITS, network=world.network)
    assert server.connections == 1
    assert world.dialled == [(PUBLIC, 443)]
    assert world.canary.connections() == 0


def test_a_host_that_turns_inside_between_two_redirects_is_refused(world, serve):
    serve(redirect("/again"))
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    world.resolve = lambda _name: next(answers)
    network = type(world.network)(world.resolve, world.connect, world.network.trust)
    with pytest.raises(UrlRefused):
        fetch(URL, LIMITS, network=network)
    assert world.canary.connections() == 0


@pytest.mark.parametrize(
    "raw",
    [
        ok(b"", status="302 Found"),
        ok(b"", "Location: /a", "Location: /b", status="302 Found"),
        ok(b"", "Location: /\xff", status="302 Found"),
        redirect("https://[::1"),
        redirect("https://a..b/"),
    ],
    ids=["none", "two", "no UTF-8", "half a host", "no name"],
)
def test_a_redirect_to_nowhere_is_a_failed_fetch(world, serve, raw):
    serve(raw)
    with pytest.raises(FetchFailed, match=r"redirects (to something|and does not)"):
        fetch(URL, LIMITS, network=world.network)
    assert world.canary.connections() == 0


def test_a_redirect_never_leads_from_https_to_http_not_even_to_a_listed_host(world, serve):
    world.names["localhost"] = ["127.0.0.1"]
    serve(redirect("http://localhost:8000/cat.png"))
    inside = serve(ok(b"cat"), address="127.0.0.1", tls=False)
    listed = ["localhost:8000"]
    with pytest.raises(UrlRefused, match="from https to http"):
        fetch(URL, LIMITS, local_hosts=listed, network=world.network)
    assert inside.connections == 0
    url = "http://localhost:8000/"
    assert fetch(url, LIMITS, local_hosts=listed, network=world.network) == b"cat"


def test_a_listed_host_may_redirect_to_https(world, serve):
    world.names["localhost"] = ["127.0.0.1"]
    serve(redirect(URL), address="127.0.0.1", tls=False)
    serve(ok(b"cat"))
    url = "http://localhost:8000/"
    assert fetch(url, LIMITS, local_hosts=["localhost:8000"], network=world.network) == b"cat"


def test_a_listed_host_may_not_redirect_to_another_inside(world, serve):
    world.names["localhost"] = ["127.0.0.1"]
    serve(redirect("http://localhost:8001/"), address="127.0.0.1", tls=False)
    with pytest.raises(UrlRefused):
        fetch(
            "http://localhost:8000/", LIMITS, local_hosts=["localhost:8000"], network=world.network
        )


def test_a_refused_redirect_says_that_it_was_one():
    target = parse_target(URL)
    with pytest.raises(UrlRefused, match=r"^The URL redirects to one that is not fetched\. The "):
        target.redirect("https://127.0.0.1/?token=1")
