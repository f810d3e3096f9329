"""The instant back end answers each request as it was asked, however its bytes arrive."""

import asyncio
import json

import pytest

from bench.http_response import ResponseReader
from bench.targets.canned_backend import BASE64, DIMENSIONS, FLOATS, Canned


class Collected(asyncio.WriteTransport):
    """A transport that keeps what is written."""

    def __init__(self):
        self.sent = []

    def write(self, data):
        self.sent.append(data)


def request(body):
    return b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_requests_are_answered_in_order(size):
    sent = request(b'{"encoding_format": "base64"}') + request(b"{}")
    sent += b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"
    canned, transport = Canned(), Collected()
    canned.connection_made(transport)
    for at in range(0, len(sent), size):
        canned.data_received(sent[at : at + size])
    assert transport.sent == [BASE64, FLOATS, FLOATS]


def test_the_answer_is_an_openai_embedding():
    answer = json.loads(ResponseReader().feed(FLOATS).body)
    assert len(answer["data"][0]["embedding"]) == DIMENSIONS
    assert answer["usage"]["total_tokens"] == 20
