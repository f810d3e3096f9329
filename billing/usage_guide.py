"""Where requests of a kind are: the hours that have any, out of the sums of hours and days.

An index for each thing that requests are filtered by would cost every request. The sums know at
no further cost on which days, and in which of their hours, a model or a key was used at all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Min, QuerySet, Sum

from billing.models import UsageRollup, UsageUserDay, hold_model
from billing.usage_buckets import WIDTHS

Period = tuple[datetime, datetime]
_COLUMNS = {
    "model": "model",
    "api_key_id": "api_key_id",
    "status": "status",
    "user": "user",
    "version": "api_version",
}
_HOUR, _DAY = WIDTHS["1h"], WIDTHS["1d"]
_Sums = QuerySet[Any, Any]  # of start and number


def periods_with(
    team_id: str,
    filters: Mapping[str, Sequence[str]],
    *,
    since: datetime | None,
    before: datetime,
    at_least: int,
    by_hour: bool,
) -> list[Period]:
    """Periods, newest first, that have the newest ``at_least`` requests of this kind before a
    moment, or all there are. Requests that still run are in them whatever they are.

    ``by_hour``: look for the hours of the days, too. They know no users, whose index finds few
    rows in a day anyway.
    """
    running = hold_model()._default_manager.filter(team_id=team_id, ended_at=None)
    oldest_running = running.aggregate(at=Min("created_at"))["at"]
    columns = {f"{_COLUMNS[name]}__in": wanted for name, wanted in filters.items()}
    days = _days(team_id, columns).filter(start__lt=before)
    if since is not None:
        days = days.filter(start__gte=_DAY.start_of(since))
    chosen = _enough(days, before - timedelta(days=1), at_least)
    found = _runs(chosen, _DAY.length)
    if by_hour:
        hours = _rollups(team_id, UsageRollup.Width.HOUR, columns).filter(start__lt=before)
        starts: list[datetime] = []
        for first, last in found:
            part = hours.filter(start__gte=first, start__lt=last)
            starts += _enough(part, before - timedelta(hours=1), at_least)
        found = _runs(starts, _HOUR.length)
    return found if oldest_running is None else _with(found, oldest_running, before)


def _days(team_id: str, columns: Mapping[str, Sequence[str]]) -> _Sums:
    if "user__in" not in columns:
        return _rollups(team_id, UsageRollup.Width.DAY, columns)
    rows = UsageUserDay.objects.filter(team_id=team_id, **columns)
    return rows.values(start=F("day")).annotate(number=Sum("requests"))


def _rollups(team_id: str, width: UsageRollup.Width, columns: Mapping[str, Sequence[str]]) -> _Sums:
    rows = UsageRollup.objects.filter(team_id=team_id, width=width, **columns)
    return rows.values("start").annotate(number=Sum("requests"))


def _enough(sums: _Sums, whole_before: datetime, at_least: int) -> list[datetime]:
    """Starts, newest first, until they have enough. Of the newest one only a part may count."""
    sums = sums.order_by("-start").values_list("start", "number")
    chosen = []
    for start, number in sums[: at_least + 1]:
        chosen.append(start)
        if start <= whole_before:
            at_least -= number
            if at_least <= 0:
                break
    return chosen


def _runs(starts: Sequence[datetime], length: timedelta) -> list[Period]:
    """The same as periods without a hole."""
    found: list[Period] = []
    for start in starts:
        if found and found[-1][0] == start + length:
            found[-1] = (start, found[-1][1])
        else:
            found.append((start, start + length))
    return found


def _with(periods: list[Period], since: datetime, before: datetime) -> list[Period]:
    """The same with all from a moment on."""
    if since >= before:
        return periods
    older = [(first, min(last, since)) for first, last in periods if first < since]
    return [(since, before), *older]
