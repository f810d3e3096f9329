"""A page of the team's requests, newest first, for those who look at them in a browser."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q, QuerySet

from aurous.kernel.clock import database_now
from billing.models import HoldStatus
from embeddings.models import Inference
from embeddings.usage_events import Filters, events_of
from embeddings.usage_search import search

_UNCHARGED = [HoldStatus.RELEASED.value, HoldStatus.FAILED.value]
_SECOND = timedelta(seconds=1)
_FEW = 2_000  # so many rows are narrowed faster than they are looked for by the sums


@dataclass(frozen=True, slots=True)
class Place:
    """Behind which request a page begins."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests: dimensions with their wanted values, [since, before), one error code."""

    filters: Filters
    since: datetime | None = None
    before: datetime | None = None
    error_code: str = ""


def requests_page(
    team_id: str, wanted: Wanted, behind: Place | None, most: int
) -> tuple[list[Inference], Place | None]:
    """At most ``most`` requests, and where the next page begins; None: there is none."""
    rows, filters = _rows(team_id, wanted)
    end = wanted.before or database_now(connection) + _SECOND
    if behind is not None:
        rows = rows.filter(
            Q(created_at__lte=behind.created_at)
            & (Q(created_at__lt=behind.created_at) | Q(id__lt=behind.id))
        )
        end = min(end, behind.created_at + timedelta(microseconds=1))
    found: list[Inference] = []
    pieces = _pieces(rows, team_id, wanted, filters, end=end, most=most + 1)
    for piece in pieces:
        found += rows.filter(piece).order_by("-created_at", "-id")[: most + 1 - len(found)]
        if len(found) > most:
            last = found[most - 1]
            return found[:most], Place(last.created_at, last.id)
    return found, None


def _pieces(
    rows: "QuerySet[Inference]",
    team_id: str,
    wanted: Wanted,
    filters: Filters,
    *,
    end: datetime,
    most: int,
) -> Iterable[Q]:
    """An error code is in an index: it is read along that where nothing else is asked for, or
    where few have the code; else along what the sums say of the rest.
    """
    if wanted.error_code:
        only = not wanted.filters.keys() - {"status"}
        if only or _few_have(team_id, wanted, end):
            return [Q(created_at__lt=end)]
    return search(rows, team_id, filters, since=wanted.since, before=end, most=most)


def _few_have(team_id: str, wanted: Wanted, end: datetime) -> bool:
    rows = _of_code(events_of(team_id, {}, wanted.since, end), wanted.error_code)
    return len(rows.values_list("id")[:_FEW]) < _FEW


def _of_code(rows: "QuerySet[Inference]", error_code: str) -> "QuerySet[Inference]":
    return rows.filter(error_code=error_code).exclude(error_code="")  # so says the index


def _rows(team_id: str, wanted: Wanted) -> "tuple[QuerySet[Inference], Filters]":
    """Only what was not answered has an error code, and there is an index of those."""
    filters = dict(wanted.filters)
    if wanted.error_code:
        asked = set(filters.get("status", _UNCHARGED))
        filters["status"] = sorted(asked & set(_UNCHARGED)) or ["none"]
    rows = events_of(team_id, filters, wanted.since, wanted.before)
    return (_of_code(rows, wanted.error_code) if wanted.error_code else rows), filters
