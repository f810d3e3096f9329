"""Fewer round trips: send statements on without waiting for the answer to each."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper


@contextmanager
def pipelined(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Within it PostgreSQL gets statements as they come; fetching rows waits for theirs.

    An error surfaces at the next fetch or at the end of the block, inside the transaction
    around it. SQLite has no round trips to save.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.pipeline():
        yield
