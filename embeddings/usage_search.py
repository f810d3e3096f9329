"""Finds a page of narrowed requests in the minutes that have any, a batch of minutes at a time."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from aurous.kernel.clock import as_sql
from aurous.kernel.rowset import payload, source
from billing.models import OPEN
from billing.usage_guide import BusyHour, hours_with, minutes_of, runs_of_minutes
from embeddings.models import Inference
from embeddings.usage_events import Filters

_Period = tuple[datetime, datetime]
_Rows = QuerySet[Inference]
_HOUR = timedelta(hours=1)
_RUNNING = {status.value for status in OPEN}


def search(
    rows: _Rows,
    team_id: str,
    filters: Filters,
    *,
    since: datetime | None,
    before: datetime,
    most: int,
) -> Iterator[Q]:
    """Conditions, newest rows first, that together have the newest ``most`` of ``rows``, or all.

    ``rows`` are requests of the team that have what ``filters`` ask for, in [since, before).
    """
    statuses = set(filters.get("status", ()))
    if (statuses and statuses <= _RUNNING) or not filters.keys() - {"user"}:
        yield Q()  # an index has them
        return
    ended = dict(filters)
    if statuses:
        ended["status"] = sorted(statuses - _RUNNING)  # sums know the three ends only
    hours = hours_with(team_id, ended, since=since, before=before)
    for periods in _batches(hours, before, most):
        yield from _found(rows, periods, most)


def _batches(hours: Iterable[BusyHour], before: datetime, most: int) -> Iterator[list[_Period]]:
    """So many minutes at a time that the first batch fills the page where that is foreseeable."""
    minutes: list[datetime] = []
    sure, size = 0, most
    for hour in hours:
        minutes += minutes_of(hour, before)
        if hour.start + _HOUR <= before:
            sure += hour.requests
        if sure >= most or len(minutes) >= size:
            yield runs_of_minutes(minutes)
            minutes, sure, size = [], 0, 2 * size
    if minutes:
        yield runs_of_minutes(minutes)


def _found(rows: _Rows, periods: Sequence[_Period], most: int) -> Iterator[Q]:
    if connection.vendor == "postgresql" and len(periods) > 1:
        if ids := _ids(rows, periods, most):
            yield Q(id__in=ids)
        return
    for first, last in periods:
        yield Q(created_at__gte=first, created_at__lt=last)


def _ids(rows: _Rows, periods: Sequence[_Period], most: int) -> list[str]:
    """The newest in these periods, in one statement that looks into each of them along an index.

    One condition of all periods would leave the planner free to read everything between them.
    """
    inside = rows.filter(
        created_at__gte=RawSQL('p."first"', ()), created_at__lt=RawSQL('p."last"', ())
    )
    newest = inside.order_by("-created_at", "-id").values("created_at", "id")[:most]
    sql, values = newest.query.sql_with_params()
    bounds = [{"first": as_sql(first), "last": as_sql(last)} for first, last in periods]
    columns = {"first": "timestamptz", "last": "timestamptz"}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.id FROM {source(connection.vendor, columns, 'p')} "
            f"CROSS JOIN LATERAL ({sql}) f ORDER BY f.created_at DESC, f.id DESC LIMIT {most}",
            [payload(bounds), *values],
        )
        return [row[0] for row in cursor.fetchall()]
