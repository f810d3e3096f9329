"""Emptying a SQLite database whose triggers refuse DELETE, between transactional tests.

On PostgreSQL Django empties with TRUNCATE, which the triggers let through; SQLite has only DELETE.
So the test run (and nothing else) takes the triggers off, empties, and puts the same ones back.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.backends.sqlite3.base import DatabaseOperations

_original = DatabaseOperations.execute_sql_flush


def _execute_sql_flush(self: DatabaseOperations, sql_list: Sequence[str]) -> Any:
    connection = self.connection
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
        for name, _ in triggers:
            cursor.execute(f'DROP TRIGGER "{name}"')
        _original(self, sql_list)
        for _, sql in triggers:
            cursor.execute(sql)


def let_flush_pass_triggers() -> None:
    """Call once for a test run, from conftest."""
    DatabaseOperations.execute_sql_flush = _execute_sql_flush
