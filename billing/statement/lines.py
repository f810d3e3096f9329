"""Lines of the statement narrowed by kind and time, each way with an index that finds them."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from billing.access import transfers_of
from billing.models import Transfer


def lines_of(
    team_id: str, kinds: Sequence[str], since: datetime | None, before: datetime | None
) -> QuerySet[Transfer]:
    """Lines of these kinds (none named: of all) that were written in [since, before)."""
    rows = transfers_of(team_id)
    if kinds:
        rows = rows.filter(kind__in=kinds)
        if Transfer.Kind.USAGE.value not in kinds:
            rows = rows.exclude(kind=Transfer.Kind.USAGE)  # true of all; so says their index
    if since is not None:
        rows = rows.filter(recorded_at__gte=since)
    return rows if before is None else rows.filter(recorded_at__lt=before)
