"""Answers that are no file: broken, lying, compressed, empty, or of another status."""

import pytest

from aurous.kernel.outbound.client import fetch
from aurous.kernel.outbound.errors import FetchFailed
from aurous.kernel.outbound.limits import Limits
from tests.kernel.outbound.servers import answers, ok
from tests.kernel.outbound.world import LIMITS, URL

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN_OR_CUT = r"not HTTP/1\.1|ended early"

BROKEN = {
    "garbage": b"\x00\xff\x17 nothing that anybody speaks\r\n\r\n",
    "HTTP/0.9": b"<html>cat</html>\r\n\r\n",
    "another protocol": b"220 mail.example.com ESMTP\r\n",
    "nothing at all": b"",
    "half a status line": b"HTTP/1.1 20",
    "a head without an end": HEAD + b"X-A: b\r\n",
    "a NUL in a header": HEAD + b"X-A: \x00\r\nContent-Length: 3\r\n\r\ncat",
    "a header without a colon": HEAD + b"Content-Length 3\r\n\r\ncat",
    "a length below zero": HEAD + b"Content-Length: -3\r\n\r\ncat",
    "a length that is no number": HEAD + b"Content-Length: 0x3\r\n\r\ncat",
    "a length of 30 digits": HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\ncat",
    "two lengths": HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\ncats",
    "a chunk without a length": CHUNKED + b"cat\r\n0\r\n\r\n",
    "a chunk below zero": CHUNKED + b"-3\r\ncat\r\n0\r\n\r\n",
    "a chunk that is too short": CHUNKED + b"4\r\ncat\r\n0\r\n\r\n",
    "chunks without an end": CHUNKED + b"3\r\ncat\r\n",
    "a compressed transfer": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n3\r\ncat\r\n",
    "a change of protocol": b"HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
    "less than announced": HEAD + b"Content-Length: 100\r\n\r\ncat",
    "early hints for ever": b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100 + ok(b"cat"),
    "a header over the limit": ok(b"cat", "X-A: " + "a" * 100_000),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_a_failed_fetch(world, serve, raw):
    serve(raw)
    with pytest.raises(FetchFailed, match=BROKEN_OR_CUT):
        fetch(URL, LIMITS, network=world.network)


def test_more_than_announced_is_left_unread(world, serve):
    serve(HEAD + b"Content-Length: 3\r\n\r\ncats and dogs")
    assert fetch(URL, LIMITS, network=world.network) == b"cat"


def test_endless_headers_end_at_their_limit(world, serve):
    def endless(visit):
        answers(HEAD)(visit)
        while True:
            visit.say(b"X-Another: header\r\n" * 100)

    server = serve(endless)
    with pytest.raises(FetchFailed, match=BROKEN_OR_CUT):
        fetch(URL, LIMITS, network=world.network)
    assert server.sent_bytes < 50_000_000


def test_endless_trailers_end_at_their_limit(world, serve):
    def endless(visit):
        answers(CHUNKED + b"3\r\ncat\r\n0\r\n")(visit)
        while True:
            visit.say(b"X-Another: trailer\r\n" * 100)

    serve(endless)
    with pytest.raises(FetchFailed, match=BROKEN_OR_CUT):
        fetch(URL, LIMITS, network=world.network)


# The first costs us turns of the parser, the second bytes of the network; neither much of a body.
WASTEFUL = {
    "tiny chunks": b"8\r\nxxxxxxxx\r\n" * 20_000,
    "long chunk headers": (b"1;" + b"e" * 3_000 + b"\r\nx\r\n") * 1_000,
}


@pytest.mark.parametrize("chunks", WASTEFUL.values(), ids=WASTEFUL)
def test_a_body_in_needlessly_small_pieces_is_given_up_early(world, serve, chunks):
    serve(CHUNKED + chunks + b"0\r\n\r\n")
    with pytest.raises(FetchFailed, match="small pieces"):
        fetch(URL, LIMITS, network=world.network)


def test_a_short_body_may_come_in_single_bytes(world, serve):
    serve(CHUNKED + b"1\r\nx\r\n" * 2_000 + b"0\r\n\r\n")
    assert fetch(URL, LIMITS, network=world.network) == b"x" * 2_000


def test_a_long_body_in_decent_pieces_is_taken_whole(world, serve):
    serve(CHUNKED + (b"3e8\r\n" + b"x" * 1_000 + b"\r\n") * 5_000 + b"0\r\n\r\n")
    limits = Limits(bytes_max=5_000_000, deadline_s=20)
    assert len(fetch(URL, limits, network=world.network)) == 5_000_000


@pytest.mark.parametrize("status", [203, 201])
def test_other_kinds_of_success_are_files_too(world, serve, status):
    serve(ok(b"cat", status=f"{status} Fine"))
    assert fetch(URL, LIMITS, network=world.network) == b"cat"


@pytest.mark.parametrize(
    "status", [204, 205, 206, 300, 304, 400, 401, 403, 404, 407, 429, 500, 503, 999]
)
def test_a_status_that_brings_no_file_is_a_failed_fetch(world, serve, status):
    body = b"" if status in {204, 205, 304} else b"cat"
    serve(ok(body, status=f"{status} Whatever"))
    told = []
    with pytest.raises(FetchFailed, match=f"status {status} where 200"):
        fetch(URL, LIMITS, on_length=told.append, network=world.network)
    assert told == []


@pytest.mark.parametrize("raw", [ok(b""), CHUNKED + b"0\r\n\r\n"], ids=["length", "chunked"])
def test_an_empty_file_is_a_failed_fetch(world, serve, raw):
    serve(raw)
    with pytest.raises(FetchFailed, match="empty"):
        fetch(URL, LIMITS, network=world.network)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "GZIP", "identity, gzip"])
def test_a_compressed_file_is_refused_unread(world, serve, coding):
    serve(ok(b"\x1f\x8b", f"Content-Encoding: {coding}"))
    with pytest.raises(FetchFailed, match="compressed"):
        fetch(URL, LIMITS, network=world.network)


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_a_file_that_says_it_is_not_compressed_is_taken(world, serve, coding):
    serve(ok(b"cat", f"Content-Encoding: {coding}"))
    assert fetch(URL, LIMITS, network=world.network) == b"cat"


def test_a_connection_that_is_reset_is_a_failed_fetch(world, serve):
    def script(visit):
        answers(HEAD + b"Content-Length: 100\r\n\r\ncat")(visit)
        visit.reset()

    serve(script)
    with pytest.raises(FetchFailed, match="ended early"):
        fetch(URL, LIMITS, network=world.network)


def test_a_server_that_hangs_up_on_tls_is_a_failed_fetch(world, serve):
    def script(visit):
        visit.read(1)
        visit.reset()

    serve(script, tls=False)
    with pytest.raises(FetchFailed, match="ended early"):
        fetch(URL, LIMITS, network=world.network)
