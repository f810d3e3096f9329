"""What keys have used of their credit limits: the sums that the limits themselves are held to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from billing.access import key_days_of
from billing.key_limits import day_of


@dataclass(frozen=True, slots=True)
class KeyUse:
    """Nano-credits of the UTC day, the UTC month and in all; charged, or held at the moment."""

    day: int = 0
    month: int = 0
    total: int = 0


def key_use_of(team_id: str, key_ids: Sequence[str], now: datetime) -> dict[str, KeyUse]:
    """The use of each of these keys."""
    today = day_of(now)
    rows = (
        key_days_of(team_id)
        .filter(api_key_id__in=key_ids)
        .values_list("api_key_id")
        .annotate(
            in_day=Sum("used", filter=Q(day=today), default=0),
            in_month=Sum("used", filter=Q(day__gte=today.replace(day=1)), default=0),
            in_all=Sum("used", default=0),
        )
    )
    found = {key_id: KeyUse(day, month, total) for key_id, day, month, total in rows}
    return {key_id: found.get(key_id, KeyUse()) for key_id in key_ids}
