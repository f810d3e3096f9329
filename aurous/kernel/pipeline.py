"""Fewer round trips and steady plans, for the transactions that every request waits for."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

# Each of these statements names its rows by key. Planned while a table is small or its statistics
# are old, they would read it whole (measured: three times slower after ten thousand requests).
# Until the transaction's end only.
_BY_KEY = (
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), "
    "set_config('enable_mergejoin', 'off', true), set_config('enable_material', 'off', true)"
)


@contextmanager
def pipelined(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within it PostgreSQL gets statements as they come; fetching rows waits for theirs.

    For statements that find rows by key. An error surfaces at the next fetch or at the end of the
    block, inside the transaction around it. SQLite has no round trips to save.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        with connection.cursor() as cursor:
            cursor.execute(_BY_KEY)
        yield
