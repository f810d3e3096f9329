"""Setting the clock of the database itself; no Python code learns of it.

On PostgreSQL a schema before ``pg_catalog`` in the search path has a ``clock_timestamp`` and a
``statement_timestamp`` (Django's ``Now``) of its own, which the defaults of columns do not see;
on SQLite the connection gets another ``strftime`` and another ``julianday``.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from aurous.kernel.clock import as_sql

_FUNCTION = """
CREATE OR REPLACE FUNCTION pretended.{}() RETURNS timestamptz VOLATILE LANGUAGE sql AS
$$ SELECT current_setting('pretended.now')::timestamptz $$
"""


class DatabaseClock:
    """A database clock that stands still until told. Whole milliseconds, as SQLite has them."""

    def __init__(self, at: datetime) -> None:
        self._at = at
        self.set(at)

    @property
    def now(self) -> datetime:
        """What the database says."""
        return self._at

    def set(self, at: datetime) -> None:
        """Let it be this moment."""
        self._at = at
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('pretended.now', %s, false)", [as_sql(at)])

    def advance(self, **time: float) -> datetime:
        """Let time pass (the arguments of ``timedelta``)."""
        self.set(self._at + timedelta(**time))
        return self._at

    def moment(self, text: str | None) -> str | None:
        """What SQLite shall read where a statement says this."""
        return as_sql(self._at) if text is not None and text.lower() == "now" else text


def prepare_clock() -> None:
    """For a database, outside of any test; again is the same."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA IF NOT EXISTS pretended")
            for name in ("clock_timestamp", "statement_timestamp"):
                cursor.execute(_FUNCTION.format(name))


@contextmanager
def pretended_clock(at: datetime) -> Iterator[DatabaseClock]:
    """A clock for this connection, inside the test's transaction; real time comes back after."""
    if connection.vendor == "postgresql":
        clock = DatabaseClock(at)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path = pretended, pg_catalog, public")
        yield clock
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL search_path = public")
        return
    clock = DatabaseClock(at)
    connection.ensure_connection()
    # Twice: only replacing one of ours makes SQLite forget the statements it has prepared.
    _set_functions(lambda text: text)
    _set_functions(clock.moment)
    try:
        yield clock
    finally:
        _set_functions(lambda text: text)  # to take them off would leave none at all


_sqlite = sqlite3.connect(":memory:", check_same_thread=False)  # its functions are the real ones


def _set_functions(moment: Callable[[str | None], str | None]) -> None:
    def strftime(form: str, text: str | None) -> Any:
        return _sqlite.execute("SELECT strftime(?, ?)", [form, moment(text)]).fetchone()[0]

    def julianday(text: str | None) -> Any:
        return _sqlite.execute("SELECT julianday(?)", [moment(text)]).fetchone()[0]

    connection.connection.create_function("strftime", 2, strftime)
    connection.connection.create_function("julianday", 1, julianday)
