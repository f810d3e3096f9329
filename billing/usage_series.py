"""Usage of a period as series over time: the groups that weigh most, and the others as one.

Where groups are few, all of them are read in one statement. Keys and users can be thousands: then
it takes three, which groups weigh most, what they had in each bucket, and what all had; what the
others had is the difference.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from billing.usage_rows import DIMENSIONS, UsageQuery, read, rows_of, source
from billing.usage_sums import Sums

# There are as many rows of users as users and days: who weighs most in the last days is shown.
RANKED = timedelta(days=7)
_FEW = {"model", "status", "version"}
_FEW_MAX = 1_000  # groups


@dataclass(frozen=True, slots=True)
class Weight:
    """What groups are ordered by, in a statement and in a sum."""

    sql: str
    of: Callable[[Sums], int]


WEIGHTS = {
    "credits": Weight("charged_text + charged_visual + charged_video", lambda sums: sums.charged),
    "tokens": Weight("tokens_text + tokens_visual + tokens_video", lambda sums: sum(sums.tokens)),
    "requests": Weight("requests", lambda sums: sums.requests),
}


@dataclass(frozen=True, slots=True)
class Group:
    """One series: its value of the dimension, what it had in each bucket, and in all."""

    value: str
    buckets: Sequence[Sums]
    total: Sums


@dataclass(frozen=True, slots=True)
class Series:
    """Buckets oldest first, the heaviest groups heaviest first, the others, and all together."""

    starts: Sequence[datetime]
    groups: Sequence[Group]
    others: Group | None
    whole: Group


def series_of(
    query: UsageQuery, first: datetime, before: datetime, *, weight: str, most: int
) -> Series:
    """At most ``most`` series, ``others`` among them, of what was held in [first, before).

    ``query.group_by`` has one dimension or none. Both moments are midnights UTC, or whole hours
    where the buckets are shorter than a day. Users are chosen by the last ``RANKED`` of the period.
    """
    count = (before - first) // query.width.length + 2
    starts = query.width.newest_first(first, before, count)[::-1]
    period = (first, before)
    if not query.group_by:
        return Series(starts, [], None, _groups(query, starts, period, [""])[0])
    if query.group_by[0] in _FEW:
        return _of_few(query, starts, period, WEIGHTS[weight], most)
    whole = _groups(replace(query, group_by=()), starts, period, [""])[0]
    recent = max(first, before - RANKED) if query.about_users else first
    values = _heaviest(query, (recent, before), WEIGHTS[weight], most + 1)
    if len(values) > most or recent > first:
        values = values[: most - 1]
    groups = _groups(query, starts, period, values)
    others = _less(whole, groups)
    return Series(starts, groups, others if others.total.requests else None, whole)


def _of_few(
    query: UsageQuery,
    starts: Sequence[datetime],
    period: tuple[datetime, datetime],
    weight: Weight,
    most: int,
) -> Series:
    groups = _read(query, starts, period, {}, _FEW_MAX * len(starts))
    groups.sort(key=lambda group: (-weight.of(group.total), group.value))
    whole = _more(groups, len(starts))
    if len(groups) <= most:
        return Series(starts, groups, None, whole)
    shown = groups[: most - 1]
    return Series(starts, shown, _more(groups[most - 1 :], len(starts)), whole)


def _heaviest(
    query: UsageQuery, period: tuple[datetime, datetime], weight: Weight, most: int
) -> list[str]:
    table, _, where, values = source(query, *period)
    column = DIMENSIONS[query.group_by[0]]
    sql = (
        f"SELECT {column}, SUM({weight.sql}) FROM {table} WHERE {' AND '.join(where)} "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"
    )
    return [str(row[0]) for row in rows_of(sql, values)]


def _groups(
    query: UsageQuery,
    starts: Sequence[datetime],
    period: tuple[datetime, datetime],
    values: Sequence[str],
) -> list[Group]:
    """The series of these values, in their order; of everything where nothing is grouped."""
    if not values:
        return []
    if query.group_by:
        query = replace(query, filters={**query.filters, query.group_by[0]: values})
    return _read(query, starts, period, {value: {} for value in values}, len(starts) * len(values))


def _read(
    query: UsageQuery,
    starts: Sequence[datetime],
    period: tuple[datetime, datetime],
    found: dict[str, dict[datetime, Sums]],
    most: int,
) -> list[Group]:
    for row in read(query, starts[::-1], None, most, bounds=period):
        value = row.group[0] if row.group else ""
        found.setdefault(value, {})[row.start] = row.sums
    return [
        Group(value, [sums.get(start, Sums()) for start in starts], sum(sums.values(), Sums()))
        for value, sums in found.items()
    ]


def _more(groups: Sequence[Group], count: int) -> Group:
    """Several as one."""
    buckets = [sum((group.buckets[place] for group in groups), Sums()) for place in range(count)]
    return Group("", buckets, sum((group.total for group in groups), Sums()))


def _less(whole: Group, groups: Sequence[Group]) -> Group:
    """What is left of the whole."""
    buckets = list(whole.buckets)
    for group in groups:
        buckets = [have - less for have, less in zip(buckets, group.buckets, strict=True)]
    return Group("", buckets, sum(buckets, Sums()))
