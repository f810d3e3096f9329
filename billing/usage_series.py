"""Usage of a period as series over time: the groups that weigh most, and the others as one.

Everything is read in at most three statements, however many groups there are: which groups weigh
most, what they had in each bucket, and what all had. What the others had is the difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from billing.usage_rows import DIMENSIONS, UsageQuery, read, rows_of, source
from billing.usage_sums import Sums

# What groups are ordered by: a column of the sums.
WEIGHTS = {
    "credits": "charged_text + charged_visual + charged_video",
    "tokens": "tokens_text + tokens_visual + tokens_video",
    "requests": "requests",
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
    where the buckets are shorter than a day.
    """
    newest_first = query.width.newest_first(
        first, before, (before - first) // query.width.length + 2
    )
    starts = newest_first[::-1]
    ungrouped = replace(query, group_by=())
    whole = _groups(ungrouped, starts, first, before, [""])[0]
    if not query.group_by:
        return Series(starts, [], None, whole)
    values = _heaviest(query, first, before, weight, most + 1)
    if len(values) <= most:
        return Series(starts, _groups(query, starts, first, before, values), None, whole)
    groups = _groups(query, starts, first, before, values[: most - 1])
    return Series(starts, groups, _others(whole, groups), whole)


def _heaviest(
    query: UsageQuery, first: datetime, before: datetime, weight: str, most: int
) -> list[str]:
    table, _, where, values = source(query, first, before)
    column = DIMENSIONS[query.group_by[0]]
    sql = (
        f"SELECT {column}, SUM({WEIGHTS[weight]}) FROM {table} WHERE {' AND '.join(where)} "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {most}"
    )
    return [str(row[0]) for row in rows_of(sql, values)]


def _groups(
    query: UsageQuery,
    starts: Sequence[datetime],
    first: datetime,
    before: datetime,
    values: Sequence[str],
) -> list[Group]:
    """The series of these values, in their order; of everything where nothing is grouped."""
    if not values:
        return []
    if query.group_by:
        query = replace(query, filters={**query.filters, query.group_by[0]: values})
    most = len(starts) * len(values)
    found: dict[str, dict[datetime, Sums]] = {value: {} for value in values}
    for row in read(query, starts[::-1], None, most, bounds=(first, before)):
        found[row.group[0] if row.group else ""][row.start] = row.sums
    return [
        Group(value, [sums.get(start, Sums()) for start in starts], sum(sums.values(), Sums()))
        for value, sums in found.items()
    ]


def _others(whole: Group, groups: Sequence[Group]) -> Group:
    buckets = list(whole.buckets)
    for group in groups:
        buckets = [have - less for have, less in zip(buckets, group.buckets, strict=True)]
    return Group("", buckets, sum(buckets, Sums()))
