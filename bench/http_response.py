"""Reads HTTP/1.1 responses off a byte stream, and no more of them than a load generator needs."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"
BODILESS = frozenset({204, 304})


class BadResponseError(Exception):
    """The bytes are not an HTTP/1.1 response."""


@dataclass(frozen=True, slots=True)
class Response:
    """One response: its status, its body, and whether the server closes after it."""

    status: int
    closes: bool
    body: bytes


class ResponseReader:
    """Is fed bytes as they arrive and gives each response when its last byte is there.

    One request is outstanding on a connection at a time, so bytes after a response are an error.
    """

    __slots__ = ("_buffer", "_closes", "_length", "_mode", "_scanned", "_status")

    def __init__(self) -> None:
        self._buffer = b""
        self._reset()

    def _reset(self) -> None:
        self._mode = "head"
        self._status = 0
        self._closes = False
        self._length = 0
        self._scanned = 0

    @property
    def idle(self) -> bool:
        """True when no byte of a response has come yet."""
        return not self._buffer and self._mode == "head"

    def feed(self, data: bytes) -> Response | None:
        """Take `data`; the response if it is complete now, else None."""
        self._buffer = self._buffer + data if self._buffer else data
        while self._mode == "head":
            if not self._read_head():
                return None
        if self._mode == "chunked":
            return self._read_chunks()
        if self._mode == "length" and len(self._buffer) >= self._length:
            return self._complete(self._buffer[: self._length], self._length)
        return None

    def end(self) -> Response | None:
        """The server closed: the response if that ends its body, None if nothing had begun."""
        if self.idle:
            return None
        if self._mode != "until_close":
            raise BadResponseError("closed in the middle of a response")
        self._closes = True
        return self._complete(self._buffer, len(self._buffer))

    def _read_head(self) -> bool:
        """Parse status line and headers; False while they are not all here."""
        end = self._buffer.find(HEAD_END)
        if end < 0:
            return False
        head = self._buffer[:end].lower()
        self._buffer = self._buffer[end + 4 :]
        if not head.startswith(b"http/1.") or not head[9:12].isdigit():
            raise BadResponseError(f"no status line: {head[:40]!r}")
        self._status = int(head[9:12])
        if self._status < 200:  # an interim answer: the real one follows
            return bool(self._buffer)
        self._closes = b"\r\nconnection: close" in head or head.startswith(b"http/1.0")
        self._mode = self._body_mode(head)
        return True

    def _body_mode(self, head: bytes) -> str:
        if self._status in BODILESS:
            return "length"
        if b"\r\ntransfer-encoding: chunked" in head:
            return "chunked"
        at = head.find(b"\r\ncontent-length:")
        if at < 0:
            return "until_close"
        stop = head.find(b"\r\n", at + 17)
        self._length = int(head[at + 17 : stop if stop > 0 else len(head)])
        return "length"

    def _read_chunks(self) -> Response | None:
        """Walk the chunks from where the last walk stopped; `_scanned` is always at a size line."""
        while True:
            line_end = self._buffer.find(b"\r\n", self._scanned)
            if line_end < 0:
                return None
            size = int(self._buffer[self._scanned : line_end].split(b";")[0], 16)
            if size == 0:
                return self._end_of_chunks(line_end)
            if len(self._buffer) < line_end + 2 + size + 2:
                return None
            self._scanned = line_end + 2 + size + 2

    def _end_of_chunks(self, last_size_line_end: int) -> Response | None:
        """The trailers end with an empty line, which comes at once when there are none."""
        end = self._buffer.find(HEAD_END, last_size_line_end)
        if end < 0:
            return None
        return self._complete(joined_chunks(self._buffer), end + 4)

    def _complete(self, body: bytes, used: int) -> Response:
        if len(self._buffer) > used:
            raise BadResponseError("more bytes than the response has")
        response = Response(self._status, self._closes, body)
        self._buffer = b""
        self._reset()
        return response


def joined_chunks(encoded: bytes) -> bytes:
    """The body that a complete chunked encoding carries."""
    parts: list[bytes] = []
    at = 0
    while True:
        line_end = encoded.index(b"\r\n", at)
        size = int(encoded[at:line_end].split(b";")[0], 16)
        if size == 0:
            return b"".join(parts)
        parts.append(encoded[line_end + 2 : line_end + 2 + size])
        at = line_end + 2 + size + 2
