"""The platform behind a real socket that hands on the headers as they came."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application


class _Plain(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """The edge writes the access line."""

    def get_environ(self) -> dict[str, Any]:
        """Without the type that wsgiref makes up where a request has none."""
        environ: dict[str, Any] = super().get_environ()
        if "Content-Type" not in self.headers:
            del environ["CONTENT_TYPE"]
        return environ


@pytest.fixture(scope="module")
def host(platform: None) -> Iterator[str]:
    """Its address."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Plain)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    serving.join()
