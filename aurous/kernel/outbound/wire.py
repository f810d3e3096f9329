"""One connection that speaks HTTP/1.1: h11 knows the words, this file every wait and every byte."""

import mmap
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import h11

from aurous.kernel.outbound.errors import BodyTooLarge, FetchFailed
from aurous.kernel.outbound.limits import (
    BYTES_A_TURN_MIN,
    HEAD_BYTES_MAX,
    INTERIM_ANSWERS_MAX,
    READ_BYTES,
    TURNS_FREE,
    WRAPPING_BYTES_FREE,
)
from aurous.kernel.outbound.patience import TOO_SLOW, Deadline, Flow, Patience

_ENDED = "The connection to the server failed or ended early."
_NOT_HTTP = "The server's answer is not HTTP/1.1, or ends early."


@contextmanager
def told_safely() -> Iterator[None]:
    """Turn what the libraries raise into `FetchFailed`; their texts name hosts and addresses."""
    try:
        yield
    except TimeoutError:
        raise FetchFailed(TOO_SLOW) from None
    except ssl.SSLCertVerificationError:
        raise FetchFailed(
            "The server's certificate is not valid for this host. Renew it, or use another host."
        ) from None
    except ssl.SSLEOFError:
        raise FetchFailed(_ENDED) from None
    except ssl.SSLError:
        raise FetchFailed("The server does not speak TLS 1.2 or newer as it should.") from None
    except OSError:
        raise FetchFailed(_ENDED) from None
    except h11.RemoteProtocolError:
        raise FetchFailed(_NOT_HTTP) from None


def _own_pages(bytes_max: int) -> memoryview:
    """Memory straight from the system, used as it is written to, and back there when it is let go.

    A buffer that grows on the heap by a hundred megabytes often leaves the heap that large.
    """
    return memoryview(mmap.mmap(-1, max(1, bytes_max), mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS))


class Wire:
    """Speaks over a connected socket, which stays the caller's to close. For one request.

    Every method raises ``FetchFailed`` when its patience ends or the peer misbehaves.
    """

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES_MAX)
        self._turns = 0
        self._received_bytes = 0

    def ask(self, request: h11.Request, body: bytes, deadline: Deadline) -> None:
        """Send a request whole."""
        parts: list[h11.Event] = [request, h11.Data(body), h11.EndOfMessage()]
        sent = b"".join(self._http.send(part) or b"" for part in parts)
        with told_safely(), memoryview(sent) as rest:
            at = 0
            while at < len(rest):
                self._socket.settimeout(deadline.left_s())
                at += self._socket.send(rest[at : at + READ_BYTES])

    def head(self, deadline: Deadline) -> h11.Response:
        """Read the status and the headers."""
        with told_safely():
            for _ in range(INTERIM_ANSWERS_MAX + 1):
                event = self._next_event(deadline, HEAD_BYTES_MAX)
                if isinstance(event, h11.Response):
                    return event
        raise FetchFailed(_NOT_HTTP)

    @property
    def trailing(self) -> bytes:
        """What the peer sent behind its answer although it was not its turn."""
        return self._http.trailing_data[0]

    def whole_body(self, bytes_max: int, flow: Flow) -> memoryview:
        """Read the body to its end. Raises ``BodyTooLarge`` once it has more than this."""
        body = _own_pages(bytes_max)
        at = 0
        for data in self._body(flow):
            if at + len(data) > bytes_max:
                raise BodyTooLarge(bytes_max)
            body[at : at + len(data)] = data
            at += len(data)
        return body[:at]

    def first_of_body(self, bytes_max: int, flow: Flow) -> bytes:
        """Read the body up to this many bytes and leave the rest."""
        body = bytearray()
        for data in self._body(flow):
            body += data[: bytes_max - len(body)]
            if len(body) >= bytes_max:
                break
        return bytes(body)

    def _body(self, flow: Flow) -> Iterator[bytes]:
        bytes_count = 0
        with told_safely():
            while isinstance(event := self._next_event(flow, READ_BYTES), h11.Data):
                flow.came(len(event.data))
                bytes_count += len(event.data)
                self._check_effort(bytes_count)
                yield event.data

    def _check_effort(self, body_bytes: int) -> None:
        if (
            self._turns > TURNS_FREE + body_bytes // BYTES_A_TURN_MIN
            or self._received_bytes > WRAPPING_BYTES_FREE + 2 * body_bytes
        ):
            raise FetchFailed("The server sends the file in needlessly small pieces.")

    def _next_event(self, patience: Patience, read_bytes: int) -> h11.Event:
        while True:
            self._turns += 1
            event = self._http.next_event()
            if isinstance(event, h11.Event):
                return event
            data = self._read(patience, read_bytes)
            self._received_bytes += len(data)
            self._http.receive_data(data)

    def _read(self, patience: Patience, read_bytes: int) -> bytes:
        while True:
            self._socket.settimeout(patience.left_s())
            try:
                return self._socket.recv(read_bytes)
            except TimeoutError:
                continue  # patience knows whether that was the end of it
