"""The reader gives one response whatever the pieces it comes in."""

import pytest

from bench.http_response import BadResponseError, Response, ResponseReader
from tests.bench.scripted_server import chunked, plain

TRAILERS = (
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    b"3;note=x\r\nabc\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"
)
INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n" + plain(b"yes")
WHOLE = {
    "with a length": (plain(b"hello"), Response(200, False, b"hello")),
    "an empty body": (plain(b""), Response(200, False, b"")),
    "a body that looks like a head": (plain(b"a\r\n\r\nb"), Response(200, False, b"a\r\n\r\nb")),
    "in chunks": (chunked(b"he", b"llo"), Response(200, False, b"hello")),
    "chunks with breaks inside": (
        chunked(b"\r\n0\r\n\r\n", b"x"),
        Response(200, False, b"\r\n0\r\n\r\nx"),
    ),
    "chunks with trailers": (TRAILERS, Response(200, False, b"abc")),
    "after an interim answer": (INTERIM, Response(200, False, b"yes")),
    "an error that closes": (
        plain(b"no", "503 Away", "Connection: close\r\n"),
        Response(503, True, b"no"),
    ),
    "no body by its status": (b"HTTP/1.1 204 No Content\r\n\r\n", Response(204, False, b"")),
}


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("size", [1, 2, 7, 10_000])
def test_a_response_is_the_same_in_pieces_of_any_size(name, size):
    sent, expected = WHOLE[name]
    reader = ResponseReader()
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    *before, last = [reader.feed(piece) for piece in pieces]
    assert last == expected
    assert before == [None] * len(before)
    assert reader.idle


def test_two_responses_after_one_another():
    reader = ResponseReader()
    assert reader.feed(chunked(b"one")) == Response(200, False, b"one")
    assert reader.feed(plain(b"two", "429 Later")) == Response(429, False, b"two")


def test_a_body_without_a_length_ends_with_the_connection():
    reader = ResponseReader()
    assert reader.feed(b"HTTP/1.1 200 OK\r\n\r\nhel") is None
    assert reader.feed(b"lo") is None
    assert reader.end() == Response(200, True, b"hello")


def test_a_connection_that_closes_between_responses_gives_none():
    assert ResponseReader().end() is None


@pytest.mark.parametrize("cut", [5, -3])
@pytest.mark.parametrize("sent", [plain(b"hello"), chunked(b"hello")])
def test_a_connection_that_closes_inside_a_response_is_an_error(sent, cut):
    reader = ResponseReader()
    assert reader.feed(sent[:cut]) is None
    with pytest.raises(BadResponseError):
        reader.end()


@pytest.mark.parametrize("sent", [b"SSH-2.0-x\r\n\r\n", plain(b"a") + b"b", chunked(b"a") + b"b"])
def test_what_is_no_response_is_an_error(sent):
    with pytest.raises(BadResponseError):
        ResponseReader().feed(sent)
