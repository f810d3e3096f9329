"""Whom another price hits, and what they would have paid at it: read from the days of usage."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum

from accounts.models import BillingMode
from aurous.kernel.clock import database_now
from billing.models import Price, UsageRollup
from billing.pricing import TokenPrice, Tokens, cost

DAYS = 30  # today is one of them
_MODALITIES = ("text", "visual", "video")


@dataclass(frozen=True, slots=True)
class TeamEffect:
    """One team: nano-credits that it was charged, and would have been."""

    team_id: str
    name: str
    requests: int
    charged: int
    would: int

    @property
    def difference(self) -> int:
        """Positive: it pays more."""
        return self.would - self.charged


@dataclass(frozen=True, slots=True)
class Effect:
    """All teams that the price is for and that used the model, the hardest hit first."""

    teams: list[TeamEffect]
    keeping: int  # teams with prices of their own then: not hit
    typical: Tokens | None  # of a request, on average; None where nobody used it

    @property
    def charged(self) -> int:
        """Nano-credits of all of them."""
        return sum(team.charged for team in self.teams)

    @property
    def would(self) -> int:
        """Likewise, at the other price."""
        return sum(team.would for team in self.teams)


def of_price(model: str, team_id: str | None, effective_at: datetime, then: TokenPrice) -> Effect:
    """What the last 30 days would have cost whoever pays this price from that moment on.

    Exempt teams pay nothing, whatever the price.
    """
    own = _teams_with_own(model, effective_at) if team_id is None else set()
    rows = [row for row in _used(model, team_id) if row["team_id"] not in own]
    teams = [_effect(row, then) for row in rows]
    teams.sort(key=lambda team: (-abs(team.difference), team.team_id))
    return Effect(teams, len(own), _typical(rows))


def charged(team_id: str) -> int:
    """Nano-credits that a team was charged in these days, for all models."""
    days = UsageRollup.objects.filter(
        team=team_id, width=UsageRollup.Width.DAY, start__gte=_first_day(), status="settled"
    )
    sums = days.aggregate(**{name: Sum(f"charged_{name}") for name in _MODALITIES})
    return sum(total or 0 for total in sums.values())


def _first_day() -> datetime:
    today = database_now(connection).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=DAYS - 1)


def _used(model: str, team_id: str | None) -> list[dict[str, Any]]:
    """Tokens and charges of each team; one statement along the index of days."""
    days = UsageRollup.objects.filter(
        width=UsageRollup.Width.DAY,
        start__gte=_first_day(),
        model=model,
        status="settled",
        team__billing_mode=BillingMode.METERED,
    )
    if team_id is not None:
        days = days.filter(team=team_id)
    sums = {
        f"{kind}_{name}": Sum(f"{kind}_{name}")
        for kind in ("tokens", "charged")
        for name in _MODALITIES
    }
    by_team: QuerySet[Any, Any] = days.values("team_id", "team__name")
    return list(by_team.annotate(count=Sum("requests"), **sums))


def _teams_with_own(model: str, moment: datetime) -> set[str]:
    """Teams whose newest row at that moment is a price, not the end of one."""
    rows = Price.objects.filter(model=model, team__isnull=False, effective_at__lte=moment)
    newest = {row.team_id: row for row in rows.order_by("effective_at", "pk")}
    return {str(team_id) for team_id, row in newest.items() if not row.back_to_list}


def _tokens(row: dict[str, Any]) -> Tokens:
    return Tokens(*(row[f"tokens_{name}"] for name in _MODALITIES))


def _effect(row: dict[str, Any], then: TokenPrice) -> TeamEffect:
    charged = sum(row[f"charged_{name}"] for name in _MODALITIES)
    would = cost(_tokens(row), then).total
    return TeamEffect(str(row["team_id"]), str(row["team__name"]), row["count"], charged, would)


def _typical(rows: Iterable[dict[str, Any]]) -> Tokens | None:
    requests = sum(row["count"] for row in rows)
    if not requests:
        return None
    totals = [_tokens(row) for row in rows]
    return Tokens(*(sum(getattr(t, name) for t in totals) // requests for name in _MODALITIES))
