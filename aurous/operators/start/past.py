"""Hours and days of everybody's use: what is over does not change, and is read once."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings

from aurous.operators.start.memory import keep, recall
from aurous.operators.start.parts import Kept, kept, now
from billing import revenue
from billing.revenue import Used

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
_LATE = timedelta(minutes=10)  # so long after its end an hour may still get a request
_Read = Callable[[datetime, datetime], list[Used]]


def past_days(today: datetime, count: int) -> list[Used]:
    """So many days before today, oldest first."""
    return _series("days", revenue.days, _DAY, today - count * _DAY, today)


def two_days_by_hour(today: datetime) -> Kept[list[Used]]:
    """Yesterday and today, 48 hours: several parts read it."""
    return kept(f"two-days:{today:%Y-%m-%d}", lambda: _two_days(today))


def _two_days(today: datetime) -> list[Used]:
    return _series("hours", revenue.hours, _HOUR, today - _DAY, today + _DAY)


def _series(
    name: str, read: _Read, length: timedelta, first: datetime, before: datetime
) -> list[Used]:
    known: dict[datetime, Used] = recall(name) or {}
    over = now() - _LATE
    starts = [first + number * length for number in range((before - first) // length)]
    missing = [start for start in starts if start not in known]
    if missing:
        found = {one.start: one for one in read(missing[0], missing[-1] + length)}
        known = {start: known.get(start) or found[start] for start in starts}
        lasting = {start: one for start, one in known.items() if start + length <= over}
        keep(name, lasting, settings.START_OVER_CACHE_SECONDS)
    return [known[start] for start in starts]
