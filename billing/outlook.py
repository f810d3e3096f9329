"""How fast a team spends, and how long its credit lasts at that rate."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, Sum

from billing.access import usage_days_of

DAYS = 7  # UTC days, today included
_YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class Pace:
    """Nano-credits of the UTC day, and of the last seven with it."""

    today: int
    week: int

    def days_of(self, nano: int) -> int | None:
        """Whole days that an amount lasts; None where nothing is spent."""
        return max(0, nano) * DAYS // self.week if self.week else None


def pace_of(team_id: str, now: datetime) -> Pace:
    """Read from the sums of days."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    charged = F("charged_text") + F("charged_visual") + F("charged_video")
    rows = usage_days_of(team_id).filter(start__gte=midnight - timedelta(days=DAYS - 1))
    sums = rows.aggregate(
        today=Sum(charged, default=0, filter=Q(start__gte=midnight)), week=Sum(charged, default=0)
    )
    return Pace(sums["today"], sums["week"])


def outlook(available: int, pace: Pace, *, exempt: bool) -> str:
    """A sentence about how long the credit lasts."""
    if exempt:
        return "Requests of this team are not charged."
    if available <= 0:
        return "Nothing is left for new requests."
    days = pace.days_of(available)
    if days is None:
        return f"Nothing was spent in the last {DAYS} days."
    if days > _YEAR_DAYS:
        return "Lasts more than a year at this rate."
    if not days:
        return "Lasts less than a day at this rate."
    return f"Lasts about {days} {'day' if days == 1 else 'days'} at this rate."
