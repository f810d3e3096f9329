"""Where requests of a kind are: the minutes that have any, out of the sums of hours and days.

An index for each thing that requests are filtered by would cost every request. The sums know at
no further cost in which hours of which days, and in which minutes of those, there was any
request of a key, a model, a version and an end; and in which hours there was one of a user.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby, islice
from operator import attrgetter, or_

from django.db.models import Min, Sum

from aurous.kernel.bits import BitOr, members
from billing.models import UsageRollup, UsageUserDay, hold_model
from billing.usage_buckets import WIDTHS

_COLUMNS = {
    "model": "model",
    "api_key_id": "api_key_id",
    "status": "status",
    "user": "user",
    "version": "api_version",
}
_MINUTE, _HOUR, _DAY = WIDTHS["1m"], WIDTHS["1h"], WIDTHS["1d"]
# Few are read first, for most pages are full soon; then more, for few things are rare.
_FIRST, _GROWTH, _MOST = 4, 4, 256
_Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class BusyHour:
    """An hour, its minutes that can have requests of the kind (bit ``n`` is the ``n``-th), and
    how many it has of them at least.
    """

    start: datetime
    minutes: int
    requests: int


def hours_with(
    team_id: str, filters: _Columns, *, since: datetime | None, before: datetime
) -> Iterator[BusyHour]:
    """The hours that have a request of this kind in [since, before), newest first.

    ``filters`` has dimensions and their wanted values, one at least that is not the user.
    Of each minute that has such a request the bit is set; where a user is asked for also of some
    that have none. Minutes with requests that still run are there whatever those are. Hours are
    read as they are asked for.
    """
    # Before the sums: what ends from here on is among these, what ended is in the sums.
    running = _running(team_id, since, before)
    columns = {f"{_COLUMNS[name]}__in": wanted for name, wanted in filters.items()}
    users = columns.pop("user__in", None)
    days = (
        _days(team_id, columns, since, before)
        if users is None
        else _days_of_users(team_id, columns, users, since, before)
    )
    summed = _with_minutes(team_id, columns, _hours_of(days, since, before), users is None)
    merged = heapq.merge(running, summed, key=attrgetter("start"), reverse=True)
    for start, same in groupby(merged, key=attrgetter("start")):
        hours = list(same)
        bits = reduce(or_, (hour.minutes for hour in hours))
        yield BusyHour(start, bits, sum(hour.requests for hour in hours))


def _running(team_id: str, since: datetime | None, before: datetime) -> list[BusyHour]:
    rows = hold_model()._default_manager.filter(team_id=team_id, ended_at=None)
    rows = rows.filter(created_at__lt=before)
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    hours: dict[datetime, int] = defaultdict(int)
    for at in rows.values_list("created_at", flat=True):
        hours[_HOUR.start_of(at)] |= 1 << at.minute
    return [BusyHour(start, hours[start], 0) for start in sorted(hours, reverse=True)]


def _days(
    team_id: str, columns: _Columns, since: datetime | None, before: datetime
) -> Iterator[tuple[datetime, int]]:
    """Days and the set of their hours that have any, newest first."""
    rows = UsageRollup.objects.filter(team_id=team_id, width=UsageRollup.Width.DAY, **columns)
    if since is not None:
        rows = rows.filter(start__gte=_DAY.start_of(since))
    days = rows.values_list("start").annotate(hours=BitOr("parts")).order_by("-start")
    for size in _sizes():
        found = list(days.filter(start__lt=before)[:size])
        yield from found
        if len(found) < size:
            return
        before = found[-1][0]


def _days_of_users(
    team_id: str,
    columns: _Columns,
    users: Sequence[str],
    since: datetime | None,
    before: datetime,
) -> Iterator[tuple[datetime, int]]:
    """The same. Day by day and user by user along the index, not through everybody's days."""
    days = UsageRollup.objects.filter(team_id=team_id, width=UsageRollup.Width.DAY)
    first = days.aggregate(first=Min("start"))["first"]
    if first is None:
        return
    oldest = first if since is None else max(first, _DAY.start_of(since))
    rows = UsageUserDay.objects.filter(team_id=team_id, user__in=users, **columns)
    hours = rows.values_list("day").annotate(hours=BitOr("parts")).order_by("-day")
    starts = iter(_DAY.newest_first(oldest, before, (before - oldest) // _DAY.length + 2))
    for some in _in_chunks(starts):
        yield from hours.filter(day__in=some)


def _hours_of(
    days: Iterable[tuple[datetime, int]], since: datetime | None, before: datetime
) -> Iterator[datetime]:
    for day, hours in days:
        for hour in members(hours):
            start = day + hour * _HOUR.length
            if start < before and (since is None or since < start + _HOUR.length):
                yield start


def _with_minutes(
    team_id: str, columns: _Columns, starts: Iterator[datetime], counted: bool
) -> Iterator[BusyHour]:
    rows = UsageRollup.objects.filter(team_id=team_id, width=UsageRollup.Width.HOUR, **columns)
    hours = rows.values_list("start").annotate(minutes=BitOr("parts"), number=Sum("requests"))
    for some in _in_chunks(starts):
        for start, minutes, number in hours.filter(start__in=some).order_by("-start"):
            yield BusyHour(start, minutes, int(number) if counted else 0)


def _in_chunks(moments: Iterator[datetime]) -> Iterator[list[datetime]]:
    for size in _sizes():
        some = list(islice(moments, size))
        if not some:
            return
        yield some


def _sizes() -> Iterator[int]:
    size = _FIRST
    while True:
        yield size
        size = min(size * _GROWTH, _MOST)


def runs_of_minutes(starts: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Minutes, newest first, as periods without a hole: their first moment, and the first after."""
    found: list[tuple[datetime, datetime]] = []
    for start in starts:
        end = start + _MINUTE.length
        if found and found[-1][0] == end:
            found[-1] = (start, found[-1][1])
        else:
            found.append((start, end))
    return found


def minutes_of(hour: BusyHour, before: datetime) -> list[datetime]:
    """The beginnings of its minutes before a moment, newest first."""
    starts = (hour.start + timedelta(minutes=number) for number in members(hour.minutes))
    return [start for start in starts if start < before]
