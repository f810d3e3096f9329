"""The platform behind a real socket, for programs that speak HTTP."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from openai import OpenAI

from tests.embeddings.api.stage import Customer, acme, platform, transactional_db

__all__ = ["acme", "platform", "transactional_db"]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """The edge writes the access line."""


@pytest.fixture(scope="module")
def base_url(platform: None) -> Iterator[str]:
    """Where the API is: what a customer gives to the SDK."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Quiet)
    server.daemon_threads = True
    server.set_app(get_wsgi_application())
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    serving.join()


@pytest.fixture
def client(base_url: str, acme: Customer) -> Iterator[OpenAI]:
    """OpenAI's own client with Acme's key; errors come at once."""
    with OpenAI(base_url=base_url, api_key=acme.key, max_retries=0) as made:
        yield made
