"""Which API versions a team's requests ask for: sums of days, nothing is scanned."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, Sum

from billing.access import usage_days_of

SHORT_DAYS, LONG_DAYS = 7, 30  # UTC days, today included


@dataclass(frozen=True, slots=True)
class VersionUse:
    """Requests of one key under one version in the last 7 and 30 days."""

    version: str
    api_key_id: str
    short: int
    long: int


def version_use(team_id: str, now: datetime) -> list[VersionUse]:
    """Each version with each key that asked for it, the newest version first, then by requests."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    recent = Q(start__gte=midnight - timedelta(days=SHORT_DAYS - 1))
    rows = (
        usage_days_of(team_id)
        .filter(start__gte=midnight - timedelta(days=LONG_DAYS - 1))
        .values_list("api_version", "api_key_id")
        .annotate(short=Sum("requests", filter=recent, default=0), long=Sum("requests"))
    )
    found = [VersionUse(*row) for row in rows]
    found.sort(key=lambda use: (use.long, use.short, use.api_key_id), reverse=True)
    return sorted(found, key=lambda use: use.version, reverse=True)


def totals(uses: Iterable[VersionUse]) -> dict[str, tuple[int, int]]:
    """Requests in 7 and 30 days by version."""
    sums: dict[str, tuple[int, int]] = {}
    for use in uses:
        short, long = sums.get(use.version, (0, 0))
        sums[use.version] = (short + use.short, long + use.long)
    return sums
