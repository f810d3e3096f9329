"""Top-ups of all teams together, since a moment."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce
from ulid import ULID

from billing.models import TopUp

_TIME_CHARACTERS = 10
# Identifiers carry the clock of the process that made them, columns the database's.
_CLOCKS_APART_MAX = timedelta(hours=1)
Status = TopUp.Status
_OPEN = (Status.PENDING, Status.PROCESSING)


@dataclass(frozen=True, slots=True)
class TopUpSums:
    """Orders made since a moment. ``paid_cents`` is before tax: what the credit cost."""

    paid: int
    paid_cents: int
    pending: int
    failed: int


def topups_since(since: datetime) -> TopUpSums:
    """Along the primary key, which has the time at its front."""
    front = str(ULID.from_datetime(since - _CLOCKS_APART_MAX))[:_TIME_CHARACTERS]
    rows = TopUp.objects.filter(pk__gte=f"topup_{front}", created_at__gte=since)
    paid = Q(status=Status.SUCCEEDED)
    found = rows.aggregate(
        paid=Count("pk", filter=paid),
        paid_cents=Coalesce(Sum("amount_cents", filter=paid), 0),
        pending=Count("pk", filter=Q(status__in=_OPEN)),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
    )
    return TopUpSums(*(int(found[name]) for name in ("paid", "paid_cents", "pending", "failed")))
