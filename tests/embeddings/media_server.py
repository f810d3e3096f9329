"""A small web server on this machine, from which media is fetched in tests."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


class MediaServer:
    """Paths to bytes, or to a function that answers by itself. Counts what is asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes | Answer] = {}
        self.asked: list[str] = []
        self.closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.host = f"127.0.0.1:{self._server.server_port}"

    def url(self, path: str, content: bytes | Answer) -> str:
        """Serve something, and say where."""
        self.files[path] = content
        return f"http://{self.host}{path}"

    @contextmanager
    def running(self) -> "Iterator[MediaServer]":
        """While it is needed."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield self
        finally:
            self.closing.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        here = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                here.asked.append(self.path)
                content = here.files.get(self.path.partition("?")[0])
                try:
                    if callable(content):
                        content(self)
                    else:
                        self._send(content)
                except OSError:
                    self.close_connection = True  # the other side has had enough

            def _send(self, content: bytes | None) -> None:
                self.send_response(404 if content is None else 200)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.write(content or b"")

            def log_message(self, *_args: object) -> None:
                """Nothing to say."""

        return Handler
