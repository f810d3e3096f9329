"""A client that speaks to the fake views through the real edge."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.test import Client

from tests.settings import HAS_REDIS, REDIS_TEST_URL

JSON = "application/json"


class Api:
    """``api.get(path)``, ``api.post(path, body)``; bodies may be objects or raw bytes."""

    def __init__(self) -> None:
        self._client = Client()

    def call(
        self,
        method: str,
        path: str,
        body: Any = b"",
        *,
        key: str | None = "al_live_full",
        content_type: str = JSON,
        **environ: Any,
    ) -> Any:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        if key is not None:
            environ.setdefault("HTTP_AUTHORIZATION", f"Bearer {key}")
        if not raw and content_type == JSON and method in {"GET", "HEAD", "DELETE"}:
            content_type = ""
        if content_type:
            environ["CONTENT_TYPE"] = content_type  # the client drops it from an empty body
        return self._client.generic(method, path, raw, content_type=content_type, **environ)

    def get(self, path: str, **more: Any) -> Any:
        return self.call("GET", path, **more)

    def post(self, path: str, body: Any = b"", **more: Any) -> Any:
        return self.call("POST", path, body, **more)


@pytest.fixture(autouse=True)
def fake_routes(settings: Any) -> None:
    settings.API_URLCONF = "tests.http.urls"
    # WhiteNoise warns about a missing folder, and warnings are errors here.
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture(params=["memory", "redis"])
def store(request: pytest.FixtureRequest, settings: Any) -> str:
    """Both stores of the rate limits; Redis in a database of its own."""
    kind: str = request.param
    if kind == "redis" and not HAS_REDIS:
        pytest.skip("Redis does not answer")
    base = REDIS_TEST_URL.rpartition("/")[0]
    settings.REDIS_URL = f"{base}/2" if kind == "redis" else ""
    return kind


@pytest.fixture
def access_lines(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The edge's access lines, whatever the level that the suite logs at."""
    capture = structlog.testing.LogCapture()
    logger = structlog.wrap_logger(
        None,
        processors=[structlog.contextvars.merge_contextvars, capture],
        wrapper_class=structlog.make_filtering_bound_logger("INFO"),
    )
    monkeypatch.setattr("aurous.http.edge.log", logger)
    lines: list[Any] = capture.entries
    return lines


@pytest.fixture
def unique() -> str:
    """A name that no other test uses, for buckets in a shared store."""
    return uuid.uuid4().hex


def error_of(response: Any) -> dict[str, Any]:
    """The error in an answer, after a look at the envelope."""
    assert response["Content-Type"] == JSON
    body = json.loads(response.content)
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"type", "code", "message", "param", "doc_url", "request_id"}
    assert error["request_id"] == response["Aurous-Request-Id"] == response["X-Request-Id"]
    return error
