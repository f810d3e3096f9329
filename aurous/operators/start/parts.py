"""What the start page is made of, and the numbers that are kept for a moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils.http import urlencode

from aurous.kernel.clock import database_now
from aurous.operators.start.memory import keep, recall
from aurous.ui.chart import Chart

T = TypeVar("T")
AWAY = "Not known now: the way to the workers is down."


@dataclass(frozen=True, slots=True)
class Figure:
    """One number. ``tone``: "", "good", "warn" or "bad"; ``url`` leads to the rows behind it."""

    label: str
    value: str
    note: str = ""
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its name and its cells."""

    name: str
    cells: Sequence[str]
    url: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What somebody should look at. ``bad`` before ``warn``."""

    tone: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page with everything it says. ``empty`` stands where the table has no row."""

    name: str
    title: str
    as_of: datetime
    figures: Sequence[Figure] = ()
    chart: Chart | None = None
    head: Sequence[str] = ()
    rows: Sequence[Row] = ()
    empty: str = ""
    note: str = ""
    alarms: Sequence[Alarm] = ()
    act: tuple[str, str] | None = None  # words of a button, and where it posts


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A value and when it was found out."""

    value: T
    at: datetime


def now() -> datetime:
    """The database's clock: sums are by it."""
    return database_now(connection)


def midnight(moment: datetime) -> datetime:
    """The day's beginning, UTC."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def kept(
    name: str, make: Callable[[], T], *, seconds: int = settings.START_CACHE_SECONDS
) -> Kept[T]:
    """What ``make`` says, at most so many seconds old: many looks cost no more than one.

    Without the cache it is found out each time.
    """
    known: Kept[T] | None = recall(name)
    if known is None:
        known = Kept(make(), now())
        keep(name, known, seconds)
    return known


def rows_url(app: str, model: str, **filters: str) -> str:
    """A list of the admin with these filters."""
    url = reverse(f"admin:{app}_{model}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def ago(moment: datetime, since: datetime) -> str:
    """How long ago, in a word or two."""
    seconds = int((moment - since) / timedelta(seconds=1))
    for size, one, many in ((86_400, "day", "days"), (3_600, "hour", "hours")):
        if seconds >= 2 * size or (one == "hour" and seconds >= size):
            count = seconds // size
            return f"{count} {one if count == 1 else many} ago"
    return f"{max(1, seconds // 60)} min ago" if seconds >= 60 else "just now"


def share(part: int, whole: int) -> str:
    """A percentage with as many digits as matter."""
    if not whole:
        return "0 %"
    percent = 100 * part / whole
    return f"{percent:.0f} %" if percent >= 10 or percent == 0 else f"{percent:.2g} %"
