"""Hostile URLs through the whole client: not one of them may make a single connection."""

import pytest

from aurous.kernel.outbound.client import fetch
from aurous.kernel.outbound.errors import FetchFailed, UrlRefused
from aurous.kernel.outbound.network import Network
from aurous.kernel.outbound.urls import parse_target
from tests.kernel.outbound.servers import ok
from tests.kernel.outbound.tricks import ANSWERS, STATIC
from tests.kernel.outbound.world import LIMITS, PUBLIC, URL

NUMBERED = [pytest.param(*row, id=f"{n}-{row[0][:40]!a}") for n, row in enumerate(STATIC)]


@pytest.mark.parametrize(("url", "fault"), NUMBERED)
def test_a_trick_is_refused_without_a_name_looked_up_or_a_connection_made(world, url, fault):
    with pytest.raises(fault) as by_client:
        fetch(url, LIMITS, network=world.network)
    assert world.canary.connections() == 0
    assert world.dialled == world.asked == []
    with pytest.raises(fault) as by_parser:
        parse_target(url)
    assert str(by_client.value) == str(by_parser.value)


@pytest.mark.parametrize("host", ANSWERS)
def test_a_host_with_one_address_that_is_not_public_is_refused_unconnected(world, host):
    name = parse_target(f"https://{host}/").host  # the parser alone cannot know
    world.names[name] = ANSWERS[host]
    with pytest.raises(UrlRefused, match="not public"):
        fetch(f"https://{host}/cat.png", LIMITS, network=world.network)
    assert world.canary.connections() == 0
    assert world.asked == [f"{name}."]


@pytest.mark.parametrize("answer", [(), ("no address",), ("",), ("127.0.0.1/8",), ("127.1",)])
def test_a_host_with_no_usable_address_is_a_failed_fetch_unconnected(world, answer):
    world.names["files.example.com"] = answer
    with pytest.raises(FetchFailed, match="not known"):
        fetch(URL, LIMITS, network=world.network)
    assert world.canary.connections() == 0


def test_a_name_that_nobody_knows_is_a_failed_fetch_unconnected(world):
    with pytest.raises(FetchFailed, match="not known"):
        fetch("https://nobody.example.com/", LIMITS, network=world.network)
    assert world.canary.connections() == 0


def test_the_canary_would_have_sung(world):
    """Shows that the zeros above mean something: what is let through does arrive."""
    for address in (PUBLIC, "2606:2800:220:1::1"):
        world.names["files.example.com"] = [address]
        with pytest.raises(FetchFailed):
            fetch(URL, LIMITS, network=world.network)
        assert world.canary.connections() == 1


class Rebinding:
    """A name server that is honest once: public first, loopback from then on."""

    def __init__(self, world):
        self._world = world
        self._answers = iter([[PUBLIC]])

    def __call__(self, name):
        self._world.asked.append(name)
        return next(self._answers, ["127.0.0.1"])


def test_a_name_that_changes_between_check_and_connection_is_asked_once_and_pinned(world, serve):
    serve(ok(b"cat"))
    network = Network(Rebinding(world), world.connect, world.network.trust)
    assert fetch(URL, LIMITS, network=network) == b"cat"
    assert world.asked == ["files.example.com."]
    assert world.dialled == [(PUBLIC, 443)]
    assert world.canary.connections() == 0


def test_without_the_pinning_the_same_name_would_reach_the_inside(world, serve, monkeypatch):
    serve(ok(b"cat"))
    rebinding = Rebinding(world)
    monkeypatch.setattr(world, "resolve", rebinding)
    careless = Network(rebinding, world.connect_by_name("files.example.com"), world.network.trust)
    with pytest.raises(FetchFailed):
        fetch(URL, LIMITS, network=careless)
    assert world.dialled == [("127.0.0.1", 443)]
    assert world.canary.connections() == 1


def test_a_second_fetch_checks_the_changed_name_again(world, serve):
    serve(ok(b"cat"))
    network = Network(Rebinding(world), world.connect, world.network.trust)
    fetch(URL, LIMITS, network=network)
    with pytest.raises(UrlRefused):
        fetch(URL, LIMITS, network=network)
    assert world.canary.connections() == 0
