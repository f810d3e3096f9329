"""Servers that take their time are given up early, whichever step they are slow in."""

import threading
from dataclasses import replace
from time import monotonic

import pytest

from aurous.kernel.outbound import patience
from aurous.kernel.outbound.client import fetch, send
from aurous.kernel.outbound.errors import FetchFailed
from aurous.kernel.outbound.limits import Limits
from aurous.kernel.outbound.network import Network
from aurous.kernel.outbound.patience import Deadline, Flow
from tests.kernel.outbound.servers import PATIENCE_S, answers, redirect
from tests.kernel.outbound.world import PUBLIC, URL

# All but one of these is far away; each test brings its own near.
FAR = Limits(bytes_max=1_000_000, deadline_s=60, connect_s=60, head_s=60, grace_s=60)
SOON_S = 0.1
SLOW_OR_OFF = r"slow|cannot be reached"  # by when a busy machine gets to it
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


@pytest.fixture
def gives_up(world):
    """Fetch, expect to be told that it was too slow, and that it took nowhere near the far ends."""

    def check(limits, network=None, told="slow"):
        began = monotonic()
        with pytest.raises(FetchFailed, match=told):
            fetch(URL, limits, network=network or world.network)
        assert monotonic() - began < 10

    return check


def silent(visit):
    visit.head()
    visit.be_silent()


def drips_head(visit):
    visit.head()
    visit.drip(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 1_000)


def drips_body(visit):
    answers(HEAD)(visit)
    visit.drip(b"x" * 100_000)


def bursts_then_drips(visit):
    answers(HEAD + b"x" * 50_000)(visit)
    visit.drip(b"x" * 50_000)


def drips_chunk_header(visit):
    answers(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")(visit)
    visit.drip(b"1;" + b"a" * 100_000)


def stops_in_body(visit):
    answers(HEAD + b"x" * 50_000)(visit)
    visit.be_silent()


@pytest.mark.parametrize("script", [silent, drips_head])
def test_a_head_has_its_own_limit(serve, gives_up, script):
    serve(script)
    gives_up(replace(FAR, head_s=SOON_S))


@pytest.mark.parametrize(
    "script", [drips_body, bursts_then_drips, drips_chunk_header, stops_in_body]
)
def test_a_body_that_drips_is_given_up_long_before_the_deadline(serve, gives_up, script):
    serve(script)
    gives_up(replace(FAR, grace_s=SOON_S, bytes_per_second_min=10_000))


@pytest.mark.parametrize("script", [silent, drips_head, drips_body, bursts_then_drips])
def test_the_deadline_ends_what_keeps_within_the_other_limits(serve, gives_up, script):
    serve(script)
    gives_up(replace(FAR, deadline_s=SOON_S))


@pytest.mark.parametrize("limit", ["connect_s", "deadline_s"])
def test_a_server_that_is_silent_in_tls_is_given_up(serve, gives_up, limit):
    serve(lambda visit: visit.be_silent(), tls=False)
    gives_up(replace(FAR, **{limit: SOON_S}), told=SLOW_OR_OFF)


@pytest.mark.parametrize("limit", ["connect_s", "deadline_s"])
def test_a_server_that_drips_tls_is_given_up(serve, gives_up, limit):
    # The start of a record of 16 KB, one byte at a time.
    serve(lambda visit: visit.drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 10_000), tls=False)
    gives_up(replace(FAR, **{limit: SOON_S}), told=SLOW_OR_OFF)


def test_a_connection_that_is_given_up_is_closed_at_once(world, serve):
    closed = threading.Event()

    def script(visit):
        while visit.read(65_536):
            pass
        closed.set()

    serve(script, tls=False)
    with pytest.raises(FetchFailed) as caught:  # holds every frame, and so the socket
        fetch(URL, replace(FAR, connect_s=SOON_S), network=world.network)
    assert closed.wait(PATIENCE_S), caught


@pytest.mark.parametrize("limit", ["connect_s", "deadline_s"])
def test_a_name_server_that_does_not_answer_is_given_up(world, gives_up, limit):
    never = threading.Event()
    network = Network(lambda _name: never.wait(PATIENCE_S), world.connect, world.network.trust)
    gives_up(replace(FAR, **{limit: SOON_S}), network)
    never.set()
    assert world.dialled == []


def test_a_connection_gets_no_more_time_than_there_is(world, gives_up):
    given = []

    def connect(_address, _port, timeout_s):
        given.append(timeout_s)
        raise TimeoutError

    network = Network(world.resolve, connect, world.network.trust)
    gives_up(replace(FAR, connect_s=2), network, told=SLOW_OR_OFF)
    gives_up(replace(FAR, deadline_s=1), network, told=SLOW_OR_OFF)
    assert 0 < given[0] <= 2
    assert 0 < given[1] <= 1


def test_the_search_for_an_address_that_answers_ends_with_the_deadline(world, gives_up):
    world.names["files.example.com"] = [PUBLIC, "93.184.216.35", "93.184.216.36"]
    over = threading.Event()

    def connect(_address, _port, timeout_s):
        over.wait(timeout_s)
        raise TimeoutError

    gives_up(replace(FAR, deadline_s=SOON_S), Network(world.resolve, connect, world.network.trust))


def test_redirects_share_one_deadline(serve, gives_up):
    def slow_redirect(visit):
        visit.head()
        visit.going.wait(0.06)
        visit.say(redirect(URL))

    server = serve(slow_redirect)
    gives_up(replace(FAR, deadline_s=0.1, redirects_max=1_000))
    assert server.connections <= 2


def test_the_time_that_the_caller_takes_with_the_length_counts(world, serve):
    serve(stops_in_body)
    waiting = threading.Event()
    limits = replace(FAR, deadline_s=SOON_S)
    with pytest.raises(FetchFailed, match="slow"):
        fetch(URL, limits, on_length=lambda _n: waiting.wait(SOON_S * 1.5), network=world.network)


def test_a_server_that_does_not_read_what_is_sent_is_given_up(world, serve):
    serve(lambda visit: visit.be_silent())
    limits = replace(FAR, deadline_s=SOON_S)
    with pytest.raises(FetchFailed, match="slow"):
        send("POST", URL, limits, body=b"x" * 30_000_000, network=world.network)


class Clock:
    """A monotonic clock that stands still until it is told to go on."""

    def __init__(self, monkeypatch):
        self.now_s = 1_000.0
        monkeypatch.setattr(patience, "monotonic", lambda: self.now_s)


@pytest.mark.parametrize("burst_bytes", [0, 20_000_000])
def test_with_the_defaults_a_dripping_body_is_given_up_after_5_seconds(monkeypatch, burst_bytes):
    clock = Clock(monkeypatch)
    limits = Limits(bytes_max=100_000_000, deadline_s=30)
    flow = Flow(limits, Deadline.after(limits.deadline_s))
    flow.came(burst_bytes)
    with pytest.raises(FetchFailed):
        while flow.left_s() > 0:
            clock.now_s += 0.1
            flow.came(1)
    assert clock.now_s - 1_000 <= 5.2


def test_with_the_defaults_a_dripping_head_is_given_up_after_5_seconds():
    assert Limits(bytes_max=1, deadline_s=30).head_s <= 5


def test_a_body_at_the_slowest_rate_is_read_until_the_deadline(monkeypatch):
    clock = Clock(monkeypatch)
    limits = Limits(bytes_max=100_000_000, deadline_s=30)
    flow = Flow(limits, Deadline.after(limits.deadline_s))
    with pytest.raises(FetchFailed):
        while flow.left_s() > 0:
            clock.now_s += 0.1
            flow.came(limits.bytes_per_second_min // 10 + 1)
    assert clock.now_s - 1_000 >= 30


def test_a_nearer_deadline_never_is_a_later_one():
    far, near = Deadline.after(100), Deadline.after(10)
    assert far.within(10).left_s() <= 10
    assert near.within(100).left_s() <= 10
