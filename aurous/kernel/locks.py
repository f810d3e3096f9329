"""The one way to lock rows: sorted, once in a transaction, never for long.

Every money operation locks its accounts here first, so that all of them take locks in the
same order and none can wait for another in a circle.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, models
from django.db.backends.base.base import BaseDatabaseWrapper

from aurous.kernel.errors import AurousError

R = TypeVar("R")
log = structlog.get_logger(__name__)
BUSY_RETRY_AFTER_S = 1
# PostgreSQL: serialization failure, deadlock, lock not available.
_RETRYABLE_STATES = {"40001", "40P01", "55P03"}


def lock_rows(
    model: type[models.Model], ids: Collection[str], columns: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Lock the rows with these primary keys, in their order, and return the columns of each.

    Must be called inside ``atomic`` and only once in it; raises ``RuntimeError`` otherwise.
    SQLite has no row locks: its transactions are IMMEDIATE, which locks the whole file.
    """
    _once_in_a_transaction(connection)
    pk = model._meta.pk.column
    suffix = "FOR UPDATE" if connection.vendor == "postgresql" else ""
    marks = ", ".join(["%s"] * len(ids))
    sql = (
        f"SELECT {', '.join(columns)} FROM {model._meta.db_table} "
        f"WHERE {pk} IN ({marks}) ORDER BY {pk} {suffix}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, sorted(ids))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _once_in_a_transaction(wrapper: BaseDatabaseWrapper) -> None:
    blocks: list[Any] = list(wrapper.atomic_blocks)
    if not blocks:
        raise RuntimeError("lock_rows needs a transaction")
    # The durable block is the operation; outside of it may stand a test's own transaction.
    operation = next((block for block in reversed(blocks) if block.durable), blocks[0])
    if getattr(operation, "locked_rows", False):
        raise RuntimeError("lock_rows was already called in this transaction")
    operation.locked_rows = True


def with_retries(operation: Callable[[], R]) -> R:
    """Run a whole transaction again when the database asks for that, a few times, then 503.

    Retries deadlocks, serialization failures, lock timeouts and SQLite's busy file. A lost
    connection is not retried: whether it committed is unknown.
    """
    for attempt in range(1, settings.MONEY_RETRIES_MAX + 1):
        try:
            return operation()
        except DatabaseError as error:
            if not _retryable(error):
                _reraise(error)
            log.warning("database.retry", attempt=attempt, reason=type(error.__cause__).__name__)
        except InterfaceError as error:
            _reraise(error)
    raise AurousError(
        "provider_unavailable",
        "The billing store is busy. Nothing was charged; try again.",
        retry_after_s=BUSY_RETRY_AFTER_S,
    )


def _retryable(error: DatabaseError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    return state in _RETRYABLE_STATES or "database is locked" in str(error)


def _reraise(error: Exception) -> None:
    """Turn an outage into the documented 503; let a programming error stay what it is."""
    if not isinstance(error, (OperationalError, InterfaceError)):
        raise error
    connection.close()
    log.warning("database.away", reason=str(error).split("\n")[0][:200])
    raise AurousError(
        "provider_unavailable",
        "The billing store does not answer. Nothing was charged; try again.",
        retry_after_s=BUSY_RETRY_AFTER_S,
    ) from error
