"""How long requests took, kept as counts in bins that grow with the time: p50 and p95 of any sums.

Up to 20 ms each millisecond has a bin; from there each bin begins a tenth later than the one
before. What is told for a bin lies within 5 % of everything in it. Ten minutes and more share the
last bin. All moments are the database's.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate, pairwise

from django.db.backends.base.base import BaseDatabaseWrapper

from aurous.kernel.clock import as_utc
from aurous.kernel.tally import PLACES, text_of

LONGEST_MS = 600_000
ERROR_MAX = 0.05


def _edges() -> tuple[int, ...]:
    edges = [0]
    while edges[-1] < LONGEST_MS:
        edges.append(min(LONGEST_MS, max(edges[-1] + 1, edges[-1] * 11 // 10)))
    return tuple(edges)


EDGES_MS = _edges()  # the smallest number of milliseconds in each bin


def _told(first: int, last: int) -> int:
    """The value that is as far, in parts of each, from the first of a bin as from its last."""
    return round(2 * first * last / (first + last)) if first else 0


_TOLD_MS = (
    *(_told(low, high - 1) for low, high in pairwise(EDGES_MS)),
    LONGEST_MS,
)


def took_ms(created_at: datetime, ended_at: datetime) -> int:
    """Milliseconds from the hold to its end, half a millisecond rounded up; never negative."""
    took = ended_at - created_at
    micros = (took.days * 86_400 + took.seconds) * 1_000_000 + took.microseconds
    return max(0, (micros + 500) // 1_000)


def bin_of(milliseconds: int) -> int:
    """The bin that counts a duration."""
    return bisect_right(EDGES_MS, milliseconds) - 1


def percentiles_ms(counts: Sequence[int], percents: Sequence[int]) -> list[int | None]:
    """Nearest-rank percentiles of what the bins counted, at most 5 % off; None of nothing."""
    sums = list(accumulate(counts))
    if not sums or not sums[-1]:
        return [None] * len(percents)
    ranks = [-(-sums[-1] * percent // 100) for percent in percents]
    return [_TOLD_MS[bisect_left(sums, rank)] for rank in ranks]


def tally_sql(vendor: str, created_at: str, ended_at: str) -> str:
    """An expression for the tally that counts one request, out of two columns."""
    if vendor != "postgresql":
        return f"latency_tally({created_at}, {ended_at})"
    edges = ", ".join(map(str, EDGES_MS))
    millis = f"GREATEST(0, ROUND(EXTRACT(EPOCH FROM {ended_at} - {created_at}) * 1000))::int"
    return (
        f"('1e' || {PLACES} * (width_bucket(LEAST({millis}, {LONGEST_MS}), "
        f"ARRAY[{edges}]) - 1))::numeric"
    )


def _tally_of(created_at: str, ended_at: str) -> str:
    return text_of({bin_of(took_ms(as_utc(created_at), as_utc(ended_at))): 1})


def register_sqlite_functions(connection: BaseDatabaseWrapper) -> None:
    """Give SQLite the expression that PostgreSQL computes by itself."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("latency_tally", 2, _tally_of, deterministic=True)
