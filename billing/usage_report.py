"""A page of usage: buckets newest first, each with its groups, never more than one answer's worth.

A page ends when it has as many buckets as were asked for, when it has read as many minutes as one
page may, or when it has ``RESULTS_MAX`` groups. A bucket with more groups than that goes on
on the next page, with the groups that are left.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from billing.usage_rows import UsageQuery, UsageRow, read

RESULTS_MAX = 1_000  # groups of one page
PAGE_MINUTES_MAX = 600  # of one page that only minutes can answer
_SLICE_FIRST = 1  # buckets, where nobody knows how many groups there are
_SLICE_GROWTH_MAX = 8


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: a bucket, and in it the last group that was told."""

    start: datetime
    group: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class UsagePage:
    """The buckets of a page with their groups, and where the next page begins."""

    buckets: dict[datetime, list[UsageRow]]
    next: Position | None


def usage_page(
    query: UsageQuery, first: datetime, before: datetime, most: int, at: Position | None
) -> UsagePage:
    """The page at a position (None: the newest) of the buckets with a moment in [first, before)."""
    if at is not None:
        before = min(before, at.start + query.width.length)
    length = query.width.length
    if query.reads_minutes:
        most = min(most, timedelta(minutes=PAGE_MINUTES_MAX) // length)
    starts = query.width.newest_first(first, before, most + 1)
    group = at.group if at is not None and starts and starts[0] == at.start else None
    todo, found, size = starts[:most], dict[datetime, list[UsageRow]](), 0
    while todo:
        room = RESULTS_MAX - sum(map(len, found.values()))
        if not room:
            return UsagePage(found, Position(todo[0]))
        size = _slice_size(query, found, room, size) if group is None else 1
        part, todo = todo[:size], todo[size:]
        rows = read(query, part, group, room + 1)
        group = None
        if len(rows) > room:
            last = rows[room - 1]
            _keep(found, [start for start in part if start >= last.start], rows[:room])
            return UsagePage(found, Position(last.start, last.group))
        _keep(found, part, rows)
    rest = starts[most:]
    return UsagePage(found, Position(rest[0]) if rest else None)


def _slice_size(
    query: UsageQuery, found: dict[datetime, list[UsageRow]], room: int, before: int
) -> int:
    """How many buckets to read next: all where groups are few, else as many as will fill the page.

    Reading all at once would sum up every user of every day to tell a thousand of them.
    """
    if not {"user", "api_key_id"} & set(query.group_by):
        return PAGE_MINUTES_MAX
    if not found:
        return _SLICE_FIRST
    groups = sum(map(len, found.values())) / len(found)
    return max(1, min(before * _SLICE_GROWTH_MAX, int(room / max(groups, 1))))


def _keep(
    found: dict[datetime, list[UsageRow]], starts: list[datetime], rows: list[UsageRow]
) -> None:
    found.update({start: [] for start in starts})
    for row in rows:
        found[row.start].append(row)
