"""Damaging a ledger on purpose: what guards it is taken off for one statement."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tests.billing import stage


@contextmanager
def unguarded(table: str, *checks: str) -> Iterator[None]:
    """No triggers on the table and none of these CHECKs. The test's rollback puts all back."""
    if connection.vendor == "postgresql":
        stage.sql("SET CONSTRAINTS ALL IMMEDIATE")  # an ALTER waits for no deferred check
        stage.sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for check in checks:
            stage.sql(f"ALTER TABLE {table} DROP CONSTRAINT {check}")
        yield
        return
    rows = stage.sql(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s", [table]
    )
    for (name,) in rows:
        stage.sql(f'DROP TRIGGER "{name}"')
    stage.sql("PRAGMA ignore_check_constraints = ON")
    try:
        yield
    finally:
        stage.sql("PRAGMA ignore_check_constraints = OFF")


def damage(statement: str, params: Sequence[Any] = (), *checks: str) -> None:
    """Run one statement on one table without its guards."""
    words = statement.replace('"', "").split()
    table = words[1] if words[0] == "UPDATE" else words[2]
    with unguarded(table, *checks):
        stage.sql(statement, params)


def without_foreign_keys(table: str) -> None:
    """Rows of this table may point to nothing from now on (SQLite checks them at the commit)."""
    if connection.vendor != "postgresql":
        return
    stage.sql("SET CONSTRAINTS ALL IMMEDIATE")
    names = stage.sql(
        "SELECT conname FROM pg_constraint WHERE contype = 'f' AND confrelid = %s::regclass",
        [table],
    )
    for (name,) in names:
        of = stage.sql(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE conname = %s", [name]
        )
        stage.sql(f"ALTER TABLE {of[0][0]} DROP CONSTRAINT {name}")
