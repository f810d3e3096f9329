"""The platform behind a real socket, for programs that speak HTTP."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from openai import OpenAI

from embeddings.engine.stub import StubEngine
from tests.embeddings.api.stage import PATIENCE_SECONDS, Customer, acme, platform, transactional_db
from tests.sdk.program import Programs
from tests.sdk.vectors import Vectors

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


@pytest.fixture(scope="session")
def programs() -> Iterator[Programs]:
    """Programs that use other packages' clients, one of each for a process of the test run."""
    with ExitStack() as until:
        yield Programs(until)


@pytest.fixture
def vectors(acme: Customer) -> Vectors:
    """What plain HTTP gives Acme, to compare with."""
    return Vectors(acme)


@pytest.fixture
def engine_fails_once(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From the call on, the stub's next batch fails, and the ones after it do not."""

    def arrange() -> None:
        forward, failures = StubEngine.forward, iter([True])

        def fails_once(engine: StubEngine, prepared: Any) -> Any:
            if next(failures, False):
                raise RuntimeError("once")
            return forward(engine, prepared)

        monkeypatch.setattr(StubEngine, "forward", fails_once)

    return arrange


@pytest.fixture
def slow_engine() -> Callable[[], AbstractContextManager[None]]:
    """While it is entered, what the stub is given waits; then it is computed."""

    @contextmanager
    def entered() -> Iterator[None]:
        forward, released = StubEngine.forward, threading.Event()

        def waits(engine: StubEngine, prepared: Any) -> Any:
            assert released.wait(PATIENCE_SECONDS)
            return forward(engine, prepared)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(StubEngine, "forward", waits)
            try:
                yield
            finally:
                released.set()

    return entered
