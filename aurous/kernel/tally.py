"""A histogram in one column: a whole number of any length whose decimal places are counters.

Counter ``n`` is worth ``10 ** (n * PLACES)``. Adding two such numbers adds every counter, so that
databases merge histograms with nothing but ``+`` and ``SUM``. PostgreSQL's ``numeric`` stores the
digits from the first to the last counter that is not zero, and no more.
"""

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _Field = models.Field[int, int]
else:
    _Field = models.Field  # takes no parameters when it runs

PLACES = 12  # a counter overflows into the next at a million million
_COUNTER = re.compile(rf"\d{{{PLACES}}}")


class TallyField(_Field):
    """The column: ``numeric`` on PostgreSQL, text on SQLite, a Python integer in between."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Of any length; ``numeric(p)`` ends at a thousand digits."""
        return "numeric" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: Any, *_: object) -> int | None:
        """Both databases' forms."""
        return None if value is None else whole(str(value))

    def get_prep_value(self, value: Any) -> str | None:
        """Digits."""
        return None if value is None else str(int(value))


def text_of(counters: Mapping[int, int]) -> str:
    """The number as databases read it, written short: ``{2: 7, 3: 1}`` is ``1000000000007e24``."""
    if len(counters) == 1:
        ((number, count),) = counters.items()
        return f"{count}e{number * PLACES}"
    if not counters:
        return "0"
    lowest, highest = min(counters), max(counters)
    digits = "".join(f"{counters.get(n, 0):012d}" for n in range(highest, lowest - 1, -1))
    return f"{digits.lstrip('0')}e{lowest * PLACES}"


def counts_of(text: str) -> list[int]:
    """Every counter, lowest first, of a number as a database wrote it."""
    # A sum comes in plain digits; converting a thousand of them twice would take long.
    digits = text if text.isdigit() else str(whole(text))
    parts = _COUNTER.findall(digits.zfill(-(-len(digits) // PLACES) * PLACES))
    return [int(part) for part in reversed(parts)]


def counters_of(text: str) -> dict[int, int]:
    """The counters that are not zero."""
    return {number: count for number, count in enumerate(counts_of(text)) if count}


def whole(text: str) -> int:
    """The number itself."""
    digits, _, zeros = text.lower().partition("e")
    return int(digits) * 10 ** int(zeros) if zeros else int(digits)


def sum_sql(vendor: str, expression: str) -> str:
    """The sum of a column of tallies over a group, as text."""
    if vendor == "postgresql":
        return f"CAST(SUM({expression}) AS text)"
    return f"tally_sum({expression})"


def add_sql(vendor: str, one: str, other: str) -> str:
    """The sum of two tallies."""
    return f"{one} + {other}" if vendor == "postgresql" else f"tally_add({one}, {other})"


class _Sum:
    """SQLite's ``tally_sum``."""

    def __init__(self) -> None:
        self._total = 0

    def step(self, value: str | int | None) -> None:
        self._total += whole(str(value or 0))

    def finalize(self) -> str:
        return str(self._total)


def _add(*values: str | int | None) -> str:
    return str(sum(whole(str(value or 0)) for value in _present(values)))


def _present(values: Iterable[str | int | None]) -> Iterable[str | int]:
    return (value for value in values if value is not None)


def register_sqlite_functions(connection: BaseDatabaseWrapper) -> None:
    """Give SQLite the sums that PostgreSQL has in ``numeric``."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("tally_add", 2, _add, deterministic=True)
        connection.connection.create_aggregate("tally_sum", 1, _Sum)
