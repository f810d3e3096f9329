"""A back end that answers every embeddings request at once with the same vector.

Run as `python -m bench.targets.canned_backend PORT`. It shares the cores with what it serves, so it
is one small protocol class: no framework, and each answer is prepared bytes.
"""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import sys

DIMENSIONS = 384
VECTOR = [((number * 7919) % 1000 - 500) / 5650 for number in range(DIMENSIONS)]


def prepared(embedding: list[float] | str) -> bytes:
    """A whole HTTP response with this embedding."""
    data = [{"object": "embedding", "index": 0, "embedding": embedding}]
    usage = {"prompt_tokens": 20, "total_tokens": 20}
    answer = {"object": "list", "data": data, "model": "canned", "usage": usage}
    body = json.dumps(answer).encode()
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
    return head.encode() + b"%d\r\n\r\n%b" % (len(body), body)


FLOATS = prepared(VECTOR)
BASE64 = prepared(base64.b64encode(struct.pack(f"<{DIMENSIONS}f", *VECTOR)).decode())


class Canned(asyncio.Protocol):
    """Answers each complete request on a connection, whatever its path."""

    def __init__(self) -> None:
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer all requests that are complete now."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            size = end + 4 + body_length(self._buffer[:end].lower())
            if len(self._buffer) < size:
                return
            wants_base64 = b'"base64"' in self._buffer[end:size]
            self._buffer = self._buffer[size:]
            if isinstance(self._transport, asyncio.WriteTransport):
                self._transport.write(BASE64 if wants_base64 else FLOATS)


def body_length(head: bytes) -> int:
    """What Content-Length says; 0 without one."""
    _, found, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Canned, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
