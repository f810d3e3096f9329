"""A fetch of a well-behaved server: what is asked, what comes back, what the caller is told."""

import tracemalloc

import pytest

from aurous.kernel.outbound.client import fetch
from aurous.kernel.outbound.errors import BodyTooLarge, FetchFailed
from aurous.kernel.outbound.limits import Limits
from aurous.kernel.outbound.network import Network
from tests.kernel.outbound.servers import answers, ok
from tests.kernel.outbound.world import LIMITS, PUBLIC, PUBLIC_V6, URL

BODY = bytes(range(256)) * 300
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SMALL = Limits(bytes_max=1_000, deadline_s=20)


def test_the_body_comes_back_byte_for_byte(world, serve):
    serve(ok(BODY))
    assert fetch(URL, LIMITS, network=world.network) == BODY
    assert world.dialled == [(PUBLIC, 443)]


def test_the_request_says_whom_it_is_for_and_nothing_about_us(world, serve):
    server = serve(ok(b"cat"))
    fetch("https://FILES.example.com:443/a%20b/é?q=1&x=%zz#part", LIMITS, network=world.network)
    lines = server.requests[0].split(b"\r\n")
    assert lines[0] == b"GET /a%20b/%C3%A9?q=1&x=%zz HTTP/1.1"
    assert sorted(lines[1:-2]) == [
        b"Accept-Encoding: identity",
        b"Accept: */*",
        b"Connection: close",
        b"Host: files.example.com",
        b"User-Agent: Aurous/1",
    ]
    assert server.names == ["files.example.com"]


def test_a_query_without_a_path_is_asked_of_the_root(world, serve):
    server = serve(ok(b"cat"))
    fetch("https://files.example.com?id=1", LIMITS, network=world.network)
    assert server.requests[0].startswith(b"GET /?id=1 HTTP/1.1\r\n")


def test_the_length_is_told_before_the_body_where_the_server_tells_it(world, serve):
    serve(ok(BODY))
    told = []
    fetch(URL, LIMITS, on_length=told.append, network=world.network)
    assert told == [len(BODY)]


def test_the_cap_is_told_where_the_server_tells_no_length(world, serve):
    serve(CHUNKED + b"3\r\ncat\r\n0\r\n\r\n")
    told = []
    assert fetch(URL, SMALL, on_length=told.append, network=world.network) == b"cat"
    assert told == [1_000]


def test_a_length_beside_chunks_is_not_believed(world, serve):
    lying = CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\n")
    serve(lying + b"3\r\ncat\r\n0\r\n\r\n")
    told = []
    assert fetch(URL, SMALL, on_length=told.append, network=world.network) == b"cat"
    assert told == [1_000]


def test_what_the_caller_raises_on_hearing_the_length_ends_the_fetch(world, serve):
    serve(ok(BODY))

    def no_room(_bytes_max):
        raise MemoryError

    with pytest.raises(MemoryError):
        fetch(URL, LIMITS, on_length=no_room, network=world.network)


def test_a_body_of_exactly_the_limit_is_taken(world, serve):
    serve(ok(b"x" * 1_000))
    assert len(fetch(URL, SMALL, network=world.network)) == 1_000


def test_an_announced_body_over_the_limit_is_refused_before_its_first_byte(world, serve):
    serve(b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n")  # and never sends one
    told = []
    with pytest.raises(BodyTooLarge, match="more than 1,000 bytes") as caught:
        fetch(URL, SMALL, on_length=told.append, network=world.network)
    assert caught.value.bytes_max == 1_000
    assert told == []


@pytest.mark.parametrize(
    "head", [CHUNKED, b"HTTP/1.1 200 OK\r\n\r\n"], ids=["chunked", "until the end"]
)
def test_an_endless_body_is_left_at_the_limit_and_never_held_in_memory(world, serve, head):
    piece = b"x" * 16_384
    framed = b"4000\r\n" + piece + b"\r\n" if head == CHUNKED else piece

    def endless(visit):
        answers(head)(visit)
        while True:
            visit.say(framed)

    server = serve(endless)
    limits = Limits(bytes_max=500_000, deadline_s=20)
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLarge):
            fetch(URL, limits, network=world.network)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3_000_000
    # What the kernel's buffers took was sent, and no more.
    assert server.sent_bytes < 50_000_000


def test_a_body_is_held_in_memory_once(world, serve):
    serve(ok(b"x" * 8_000_000))
    tracemalloc.start()
    try:
        assert len(fetch(URL, Limits(bytes_max=8_000_000, deadline_s=20), network=world.network))
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 12_000_000


def test_a_body_that_ends_with_the_connection_is_taken_if_tls_ends_well(world, serve):
    def script(visit):
        answers(b"HTTP/1.0 200 OK\r\n\r\ncat")(visit)
        visit.say_goodbye()

    serve(script)
    assert fetch(URL, LIMITS, network=world.network) == b"cat"


def test_a_body_that_ends_with_a_cut_connection_is_not_taken_for_whole(world, serve):
    serve(b"HTTP/1.0 200 OK\r\n\r\ncat")
    with pytest.raises(FetchFailed, match="ended early"):
        fetch(URL, LIMITS, network=world.network)


def test_the_next_address_is_tried_when_one_cannot_be_reached(world, serve):
    serve(ok(b"cat"))
    world.names["files.example.com"] = [PUBLIC_V6, "93.184.216.99", PUBLIC]
    reachable = world.connect

    def connect(address, port, timeout_s):
        if str(address) != PUBLIC:
            world.dialled.append((str(address), port))
            raise OSError("Network is unreachable")
        return reachable(address, port, timeout_s)

    network = Network(world.resolve, connect, world.network.trust)
    assert fetch(URL, LIMITS, network=network) == b"cat"
    assert [address for address, _ in world.dialled] == [PUBLIC_V6, "93.184.216.99", PUBLIC]


def test_not_every_address_of_a_host_with_many_is_tried(world):
    world.names["files.example.com"] = [f"93.184.216.{last}" for last in range(1, 60)]

    def connect(address, port, timeout_s):
        world.dialled.append((str(address), port))
        raise ConnectionRefusedError

    network = Network(world.resolve, connect, world.network.trust)
    with pytest.raises(FetchFailed, match="cannot be reached"):
        fetch(URL, LIMITS, network=network)
    assert len(world.dialled) == 4


def test_a_public_address_may_stand_for_a_host(world, serve):
    server = serve(ok(b"cat"))
    assert fetch(f"https://{PUBLIC}/cat.png", LIMITS, network=world.network) == b"cat"
    assert world.asked == []
    assert b"\r\nHost: 93.184.216.34\r\n" in server.requests[0]
