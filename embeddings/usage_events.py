"""The team's requests narrowed by what customers ask for, each way with an index that finds it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from billing.models import OPEN, HoldStatus
from embeddings.access import inferences_of
from embeddings.models import Inference

_COLUMNS = {
    "model": "model",
    "api_key_id": "api_key_id",
    "status": "status",
    "user": "user",
    "version": "api_version",
}
_UNCHARGED = {HoldStatus.RELEASED.value, HoldStatus.FAILED.value}
_RUNNING = {status.value for status in OPEN}
Filters = Mapping[str, Sequence[str]]


def events_of(
    team_id: str, filters: Filters, since: datetime | None, before: datetime | None
) -> "QuerySet[Inference]":
    """Requests whose hold was taken in [since, before) and that have all that is asked for."""
    rows = inferences_of(team_id)
    for name, wanted in filters.items():
        rows = rows.filter(**{f"{_COLUMNS[name]}__in": wanted})
    if "user" in filters:
        rows = rows.exclude(user="")  # true of all; so says the index of users
    statuses = set(filters.get("status", ()))
    if statuses and statuses <= _UNCHARGED:
        rows = rows.filter(ended_at__isnull=False, charged=0)  # likewise
    if statuses and statuses <= _RUNNING:
        rows = rows.filter(ended_at__isnull=True)
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    return rows if before is None else rows.filter(created_at__lt=before)
