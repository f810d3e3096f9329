"""What all teams together used, by the hour and the day: read from the sums, never from requests.

Revenue is credit that requests were charged. What a team has bought and not used is no revenue
yet; that is ``billing.outstanding``.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from billing.models import HoldStatus, UsageRollup
from billing.usage_buckets import WIDTHS

DAY, HOUR = WIDTHS["1d"], WIDTHS["1h"]
Width = UsageRollup.Width
# What a person has to pay for the fault of others does not exist: these are not charged.
_NOT_ANSWERED = (HoldStatus.RELEASED, HoldStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Used:
    """An hour or a day of everybody: nano-credits charged, requests, and how many had no answer."""

    start: datetime
    charged: int = 0
    requests: int = 0
    unanswered: int = 0


def days(first: datetime, before: datetime) -> list[Used]:
    """Every day in [first, before), two midnights UTC, oldest first; days without use are there."""
    return _all(Width.DAY, DAY.length, first, before)


def hours(first: datetime, before: datetime) -> list[Used]:
    """The same by the hour."""
    return _all(Width.HOUR, HOUR.length, first, before)


def _all(width: Width, length: timedelta, first: datetime, before: datetime) -> list[Used]:
    rows = UsageRollup.objects.filter(width=width, start__gte=first, start__lt=before)
    summed = rows.values("start").annotate(
        charged=Sum(F("charged_text") + F("charged_visual") + F("charged_video")),
        number=Sum("requests"),
        lost=Coalesce(Sum("requests", filter=Q(status__in=_NOT_ANSWERED)), 0),
    )
    found = {
        row["start"]: Used(row["start"], int(row["charged"]), int(row["number"]), int(row["lost"]))
        for row in summed
    }
    starts = (first + number * length for number in range((before - first) // length))
    return [found.get(start, Used(start)) for start in starts]
