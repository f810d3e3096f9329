"""Usage of some buckets as one query: from minutes, hours or days, whatever reads fewest rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from aurous.kernel.clock import as_sql, as_utc
from aurous.kernel.tally import counts_of, sum_sql
from billing.models import UsageBucket, UsageRollup, UsageUserDay, UsageUserTotal
from billing.usage_buckets import BucketWidth
from billing.usage_sums import Sums

# What a customer calls a dimension, and its column.
DIMENSIONS = {
    "model": "model",
    "api_key_id": "api_key_id",
    "status": "status",
    "user": '"user"',
    "version": "api_version",
}
# For the groups of one query; with the default of 4 MB they would be sorted on disk.
_ROOM = "SET LOCAL work_mem = '64MB'"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_SUMS = (
    "SUM(requests), SUM(tokens_text), SUM(tokens_visual), SUM(tokens_video), "
    "SUM(charged_text), SUM(charged_visual), SUM(charged_video)"
)


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Whose usage, by what, and of which; ``filters`` has dimensions and their wanted values."""

    team_id: str
    width: BucketWidth
    group_by: Sequence[str] = ()
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    timed: bool = True  # whether durations are told; adding them up is half of the work

    @property
    def about_users(self) -> bool:
        """Whether the names of users matter; hours have forgotten them."""
        return "user" in self.group_by or "user" in self.filters

    @property
    def about_users_only(self) -> bool:
        """Whether nothing but the names of users matters."""
        return {*self.group_by, *self.filters} == {"user"}

    @property
    def reads_minutes(self) -> bool:
        """Whether only minutes can answer."""
        return self.width.length < _HOUR or (self.width.length < _DAY and self.about_users)


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One group of one bucket."""

    start: datetime
    group: tuple[str, ...]
    sums: Sums


def read(
    query: UsageQuery,
    starts: Sequence[datetime],
    after: Sequence[str] | None,
    most: int,
    *,
    bounds: tuple[datetime, datetime] | None = None,
) -> list[UsageRow]:
    """At most ``most`` rows of these buckets (newest first, without a hole), groups rising.

    ``after``: only groups behind this one, of the first bucket; then it must be the only one.
    ``bounds``: count only what is in [first, before), two beginnings of rows of the sums.
    """
    columns = [DIMENSIONS[name] for name in query.group_by]
    first, before = bounds or (starts[-1], starts[0] + query.width.length)
    table, time, where, values = source(query, first, before)
    if after is not None:
        where.append(f"({', '.join(columns)}) > ({marks(after)})" if columns else "false")
        values += after
    bucket = _bucket_sql(query, time)
    selected = ", ".join([f"{bucket} AS bucket", *columns, _SUMS])
    order = ", ".join(["1 DESC", *(str(number + 2) for number in range(len(columns)))])
    groups = ", ".join(str(number + 1) for number in range(len(columns) + 1))
    chosen, rows = "", f"{table} WHERE {' AND '.join(where)}"
    if time == "day" and len(query.filters.get("user", ())) > 1:
        # Or PostgreSQL would walk through everybody's days, for those are in the wanted order.
        chosen, rows = f"WITH chosen AS MATERIALIZED (SELECT * FROM {rows}) ", "chosen"
    sql = (
        f"{chosen}SELECT {selected}, {_latency_sql(query)} FROM {rows} "
        f"GROUP BY {groups} ORDER BY {order} LIMIT {most}"
    )
    return [_row(row, len(columns)) for row in rows_of(sql, values)]


def rows_of(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a statement that groups usage answers, with memory enough to group in."""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_ROOM)
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def source(
    query: UsageQuery, first: datetime, before: datetime
) -> tuple[str, str, list[str], list[Any]]:
    """Table, its time column, conditions of the query in [first, before), their parameters."""
    where, values = ["team_id = %s"], [query.team_id]
    for name, wanted in query.filters.items():
        where.append(f"{DIMENSIONS[name]} IN ({marks(wanted)})")
        values += wanted
    if query.reads_minutes:
        table, time = UsageBucket._meta.db_table, "minute"
    elif query.about_users:
        days_of = UsageUserTotal if query.about_users_only else UsageUserDay
        table, time = days_of._meta.db_table, "day"
        if "user" in query.filters:
            # Day by day and user by user along the index, not through everybody's days.
            days = [as_sql(first + n * _DAY) for n in range((before - first) // _DAY)]
            return table, time, [*where, f"day IN ({marks(days)})"], [*values, *days]
    else:
        table, time = UsageRollup._meta.db_table, "start"
        width = UsageRollup.Width.DAY if query.width.length >= _DAY else UsageRollup.Width.HOUR
        where.append("width = %s")
        values.append(width.value)
    where += [f"{time} >= %s", f"{time} < %s"]
    return table, time, where, [*values, as_sql(first), as_sql(before)]


def _latency_sql(query: UsageQuery) -> str:
    return sum_sql(connection.vendor, "latency") if query.timed else "'0'"


def _bucket_sql(query: UsageQuery, time: str) -> str:
    """The beginning of the bucket that a row is in."""
    seconds = int(query.width.length.total_seconds())
    if seconds == 60 or (not query.reads_minutes and seconds in (3_600, 86_400)):
        return time
    if connection.vendor == "postgresql":
        origin = as_sql(query.width.origin)
        return f"date_bin('{seconds} seconds', {time}, TIMESTAMPTZ '{origin}+00')"
    origin_s = int(query.width.origin.timestamp())
    whole = f"(strftime('%%s', {time}) - {origin_s}) / {seconds} * {seconds} + {origin_s}"
    return f"datetime({whole}, 'unixepoch')"


def marks(values: Sequence[Any]) -> str:
    """As many placeholders."""
    return ", ".join(["%s"] * len(values))


def _row(row: tuple[Any, ...], columns: int) -> UsageRow:
    return UsageRow(as_utc(row[0]), tuple(row[1 : columns + 1]), _sums(row[columns + 1 :]))


def _sums(row: tuple[Any, ...]) -> Sums:
    requests, text, visual, video, *charged = (int(value) for value in row[:-1])
    by_text, by_visual, by_video = charged
    bins = tuple(counts_of(str(row[-1] or 0)))
    return Sums(requests, (text, visual, video), (by_text, by_visual, by_video), bins)
