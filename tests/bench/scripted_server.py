"""A tiny HTTP server whose every answer is written by the test, byte for byte."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Gets the number of the request (from 0); gives the pieces to send, or None to hang up unanswered.
Script = Callable[[int], list[bytes] | None]


def plain(body: bytes, status: str = "200 OK", extra: str = "") -> bytes:
    """A response with a Content-Length."""
    return f"HTTP/1.1 {status}\r\n{extra}Content-Length: {len(body)}\r\n\r\n".encode() + body


def chunked(*chunks: bytes) -> bytes:
    """A response in chunks."""
    parts = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + parts + b"0\r\n\r\n"


class ScriptedServer(socketserver.ThreadingTCPServer):
    """Remembers what was asked."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, script: Script) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script = script
        self.keys: list[str] = []
        self.bodies: list[bytes] = []
        self.lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1/embeddings"

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self.lock:
            self.keys.append(headers.get("idempotency-key", ""))
            self.bodies.append(body)
            return len(self.keys) - 1

    def handle_error(self, request, client_address) -> None:
        """A client that has gone is part of these tests."""


class Handler(socketserver.StreamRequestHandler):
    """One connection: answers until the script hangs up or says that it closes."""

    disable_nagle_algorithm = True
    server: ScriptedServer

    def handle(self) -> None:
        while self.rfile.readline():
            headers = {}
            while line := self.rfile.readline().strip():
                name, _, value = line.decode().partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", "0")))
            pieces = self.server.script(self.server.take(headers, body))
            for piece in pieces or []:
                self.wfile.write(piece)
                self.wfile.flush()
            if not pieces or b"connection: close" in b"".join(pieces).lower():
                return


@contextmanager
def serving(script: Script) -> Iterator[ScriptedServer]:
    """The server in a thread, gone after the block."""
    with ScriptedServer(script) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
