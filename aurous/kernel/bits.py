"""Small sets of numbers in one column: bit ``n`` says that ``n`` is in it. Databases unite them."""

from collections.abc import Iterator

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, BigIntegerField


class BitOr(Aggregate):
    """The union of a column of sets over a group."""

    function = "BIT_OR"
    output_field = BigIntegerField()


def members(bits: int) -> Iterator[int]:
    """What is in a set, greatest first."""
    while bits:
        number = bits.bit_length() - 1
        yield number
        bits ^= 1 << number


class _Or:
    """SQLite's ``BIT_OR``."""

    def __init__(self) -> None:
        self._bits = 0

    def step(self, value: int | None) -> None:
        self._bits |= value or 0

    def finalize(self) -> int:
        return self._bits


def register_sqlite_functions(connection: BaseDatabaseWrapper) -> None:
    """Give SQLite the aggregate that PostgreSQL has."""
    if connection.vendor == "sqlite":
        connection.connection.create_aggregate("BIT_OR", 1, _Or)
