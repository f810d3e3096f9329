"""Probes: is the process alive, and would an embedding succeed."""

import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, JsonResponse
from redis import RedisError

from aurous.kernel.errors import AurousError
from embeddings.catalog import served
from embeddings.runtime import runtime
from embeddings.work import WorkReply

log = structlog.get_logger(__name__)


def live(_request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers at all."""
    return JsonResponse({"status": "live"})


def ready(_request: HttpRequest) -> JsonResponse:
    """200 when the database answers and every model that is served embeds a canary; else 503.

    The canary takes the way of a request: transport, queue, engine and back.
    """
    parts = _checked.parts()
    ok = all(state == "ok" for state in parts.values())
    body = {"status": "ready" if ok else "not ready", "parts": parts}
    response = JsonResponse(body, status=200 if ok else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # a red probe is no error here
    return response


class _Checked:
    """The last check, for a moment: many probes cost no more than one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checked_at = float("-inf")
        self._parts: dict[str, str] = {}

    def parts(self) -> dict[str, str]:
        with self._lock:
            if time.monotonic() - self._checked_at > settings.READY_CACHE_SECONDS:
                self._parts = _check()
                self._checked_at = time.monotonic()
            return self._parts


_checked = _Checked()


def _check() -> dict[str, str]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        models = [entry.slug for entry in served()]
    except (DatabaseError, InterfaceError) as error:
        log.warning("ready.database", reason=type(error).__name__)
        return {"database": "away"}
    finally:
        connection.close()
    if not models:
        return {"database": "ok", "models": "none"}
    return {"database": "ok", **_canaries(models)}


def _canaries(models: list[str]) -> dict[str, str]:
    """All at once: one slow model does not make the others late."""
    asked: dict[str, Future[WorkReply] | None] = {}
    states: dict[str, str] = {}
    for model in models:
        try:
            asked[model] = _asked(model)
        except (AurousError, RedisError):
            states[model] = "unreachable"
    ends_at = time.monotonic() + settings.READY_TIMEOUT_SECONDS
    for model, future in asked.items():
        states[model] = _state(future, max(0.0, ends_at - time.monotonic()))
    return {model: states[model] for model in models}


def _asked(model: str) -> "Future[WorkReply] | None":
    """None where nobody would take the canary; it would wait in the queue with all before it."""
    transport = runtime().transport
    return transport.canary(model) if transport.backlog(model).workers else None


def _state(future: "Future[WorkReply] | None", timeout_s: float) -> str:
    if future is None:
        return "no worker"
    try:
        answer = future.result(timeout_s)
    except FutureTimeoutError:
        future.cancel()
        return "no worker answers"
    except Exception as error:  # whatever the engine died of, the probe is the one to say so
        log.warning("ready.canary", reason=type(error).__name__)
        return "broken"
    return "ok" if answer.error is None else "broken"
