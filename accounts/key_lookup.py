"""Asking the database about a key: one query, one thread a key, few connections."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, connection, transaction

from accounts import access, caller_cache, peppers
from accounts.caller_cache import Verdict
from accounts.models import ApiKey, ApiKeySecret
from accounts.single_flight import SingleFlight
from accounts.verdicts import UNKNOWN, judge
from aurous.kernel.errors import AurousError

# Made-up keys with a good checksum cost a query each. This many at a time leave the pool's
# other connections to the requests that were let in.
LOOKUPS_AT_ONCE_MAX = 4
LOOKUP_WAIT_SECONDS = 5.0
USE_WRITTEN_EVERY = timedelta(seconds=60)
# A note of use is not worth a longer wait: on SQLite a write waits for every other writer, on
# PostgreSQL for an operator who is changing this very key.
USE_WAIT_MS = 50

_log = structlog.get_logger(__name__)
_door = threading.BoundedSemaphore(LOOKUPS_AT_ONCE_MAX)
_flights: SingleFlight[Verdict] = SingleFlight()


def look_up(text: str, cache_key: str) -> Verdict:
    """The database's verdict about a key, remembered under ``cache_key``.

    Raises ``provider_unavailable`` where no lookup could start in time, and whatever the
    database raises when it is away: a key is never let in on a guess.
    """
    try:
        return _flights.do(cache_key, lambda: _read(text, cache_key), wait_s=LOOKUP_WAIT_SECONDS)
    except TimeoutError as error:
        raise _busy() from error


def _read(text: str, cache_key: str) -> Verdict:
    with _database():
        read_at = caller_cache.clock()  # before the query: a verdict's age counts from what it saw
        found = access.secret_by_digests(peppers.digests(text))
        if found is None:
            caller_cache.remember(cache_key, UNKNOWN, read_at)
            return UNKNOWN
        secret, now = found
        verdict = judge(secret, now=now, read_at=read_at)
        caller_cache.remember(cache_key, verdict, read_at)
        if isinstance(verdict, caller_cache.Pass):
            _note_use(secret, now)
        return verdict


@contextmanager
def _database() -> Iterator[None]:
    """A turn at the database. The connection goes back at once: the request may wait for long."""
    if not _door.acquire(timeout=LOOKUP_WAIT_SECONDS):
        raise _busy()
    try:
        yield
    finally:
        if not connection.in_atomic_block:
            connection.close()
        _door.release()


def _busy() -> AurousError:
    return AurousError(
        "provider_unavailable", "Too many keys are being checked. Try again.", retry_after_s=1
    )


def _note_use(secret: ApiKeySecret, now: datetime) -> None:
    """Write when a key was last used, at most once a minute. Failing is no reason to refuse."""
    old = now - USE_WRITTEN_EVERY
    if secret.last_used_at is not None and secret.last_used_at > old:
        return
    try:
        with _impatient():
            ApiKey.objects.filter(pk=secret.api_key_id).update(last_used_at=now)
            ApiKeySecret.objects.filter(pk=secret.pk).update(last_used_at=now)
    except DatabaseError as error:
        _log.info("last use of a key not written", key=secret.api_key_id, reason=str(error))


@contextmanager
def _impatient() -> Iterator[None]:
    """Give up soon where another connection holds the lock."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            usual_ms = int(cursor.execute("PRAGMA busy_timeout").fetchone()[0])
            cursor.execute(f"PRAGMA busy_timeout = {USE_WAIT_MS}")
            try:
                yield
            finally:
                cursor.execute(f"PRAGMA busy_timeout = {usual_ms}")
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = {USE_WAIT_MS}")
            yield
