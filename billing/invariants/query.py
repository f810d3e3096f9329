"""Questions to the database whose every row is a difference."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from billing.models import hold_model

DIFFERENCES_MAX = 20


def differences(sql: str, sentence: str, params: Sequence[Any] = ()) -> list[str]:
    """Run a query and put each of its first rows into the sentence."""
    limited = f"SELECT * FROM ({sql}) AS d LIMIT {DIFFERENCES_MAX}"
    with connection.cursor() as cursor:
        cursor.execute(limited.format(holds=hold_model()._meta.db_table), list(params))
        return [sentence.format(*row) for row in cursor.fetchall()]


def stream(sql: str, size: int = 5_000) -> Iterator[tuple[Any, ...]]:
    """All rows of a query, a few thousand at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(size):
            yield from rows
