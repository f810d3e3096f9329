"""A local Stripe over HTTP, on this machine only."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from billing.gateway.local import outgoing, pages
from billing.gateway.local.form import decode
from billing.gateway.local.service import LocalStripe

_BODY_BYTES_MAX = 1024 * 1024
_IDLE_SECONDS = 0.1
_RETRIES_MAX = 100  # ten seconds: the web process may be starting


def serve(stripe: LocalStripe, host: str, port: int) -> "LocalServer":
    """Start it in threads of its own; ``stop`` ends it."""
    return LocalServer(stripe, host, port)


class LocalServer:
    """A listening local Stripe, and the thread that sends its webhooks."""

    def __init__(self, stripe: LocalStripe, host: str, port: int) -> None:
        self._stripe = stripe
        self._http = ThreadingHTTPServer((host, port), _handler(stripe))
        self._http.daemon_threads = True
        self.url = f"http://{host}:{self._http.server_port}"
        stripe.store.data["base"] = self.url
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._http.serve_forever, self._send_all)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End all of it."""
        self._stopping.set()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join(5)

    def wait(self) -> None:
        """Until it is stopped."""
        self._stopping.wait()

    def _send_all(self) -> None:
        failures: dict[str, int] = {}
        while not self._stopping.is_set():
            if not self._send_one(failures):
                self._stopping.wait(_IDLE_SECONDS)

    def _send_one(self, failures: dict[str, int]) -> bool:
        """Send what is next; False where nothing went. What nobody takes comes again."""
        store = self._stripe.store
        with self._stripe.lock:
            event_id = outgoing.take_next(store)
            if event_id is None:
                return False
            target = store.data["webhook"]
            body, header = outgoing.message(store, event_id, target["secret"])
        if outgoing.send(target["url"], body, header):
            return True
        failures[event_id] = failures.get(event_id, 0) + 1
        if failures[event_id] < _RETRIES_MAX:
            with self._stripe.lock:
                store.data["outgoing"].append(event_id)
        return False


def _handler(stripe: LocalStripe) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # one packet an answer: a second one would wait for the first

        def do_GET(self) -> None:
            self._answer("GET")

        def do_POST(self) -> None:
            self._answer("POST")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - theirs
            """Say nothing."""

        def _answer(self, method: str) -> None:
            length = min(int(self.headers.get("Content-Length") or 0), _BODY_BYTES_MAX)
            body = self.rfile.read(length).decode()
            if self.path.startswith(("/v1/", "/control/")):
                status, found = stripe.answer(method, self.path, body, dict(self.headers))
                self._send(status, "application/json", json.dumps(found))
                return
            page = pages.show(stripe, method, self.path.partition("?")[0], decode(body))
            self._send(page.status, "text/html; charset=utf-8", page.html, page.location)

        def _send(self, status: int, kind: str, text: str, location: str = "") -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

    return Handler
