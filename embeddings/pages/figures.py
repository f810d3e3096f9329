"""Everything that the overview shows of one team, read in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum

from accounts.models import BillingMode, Team
from aurous.kernel.clock import database_now
from billing.amounts import dollars, grouped, parts
from billing.balance import Balance, balance_of
from billing.models import HoldStatus, UsageBucket
from embeddings.pages import quickstart
from embeddings.pages.lists import (
    KeyLine,
    RequestLine,
    StatementLine,
    key_lines,
    request_lines,
    statement_lines,
)

DAYS = 7
SOON = timedelta(days=7)  # a grant that expires within this needs attention
LOW_DAYS = 3


@dataclass(frozen=True, slots=True)
class Amount:
    """Credits in both sides of the point, and what they are worth."""

    whole: str
    part: str
    dollars: str


def amount(nano: int) -> Amount:
    """An amount as the page sets it."""
    return Amount(*parts(nano), dollars(nano))


@dataclass(frozen=True, slots=True)
class Spent:
    """Nano-credits and requests of the UTC day and of the last seven, today included."""

    today: int
    week: int
    requests: int
    unsuccessful: int

    @property
    def a_day(self) -> int:
        """Nano-credits, on average."""
        return self.week // DAYS


@dataclass(frozen=True, slots=True)
class Figures:
    """The overview of one team. Amounts are ready to be shown."""

    now: datetime
    available: Amount
    outlook: str
    held: Amount
    today: Amount
    week: Amount
    a_day: Amount
    requests: str
    attention: list[str]
    keys: list[KeyLine]
    older_keys: bool
    inferences: list[RequestLine]
    statement: list[StatementLine]
    curl: str | None


def figures_of(team: Team) -> Figures:
    """Read all of it."""
    now = database_now(connection)
    balance = balance_of(team.id)
    spent = _spent(team.id, now)
    keys, older_keys = key_lines(team.id, now)
    exempt = team.billing_mode == BillingMode.EXEMPT
    return Figures(
        now=now,
        available=amount(balance.available),
        outlook=_outlook(balance, spent, exempt),
        held=amount(balance.held),
        today=amount(spent.today),
        week=amount(spent.week),
        a_day=amount(spent.a_day),
        requests=_requests(spent),
        attention=_attention(team, balance, spent, now),
        keys=keys,
        older_keys=older_keys,
        inferences=request_lines(team.id),
        statement=statement_lines(team.id),
        curl=quickstart.curl(),
    )


def usage_of(team_id: str, since: datetime) -> "QuerySet[UsageBucket]":
    """The minutes of a team from a moment on."""
    return UsageBucket.objects.filter(team_id=team_id, minute__gte=since)


def _spent(team_id: str, now: datetime) -> Spent:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = usage_of(team_id, midnight - timedelta(days=DAYS - 1))
    charged = F("charged_text") + F("charged_visual") + F("charged_video")
    lost = ~Q(status=HoldStatus.SETTLED)
    sums = rows.aggregate(
        today=Sum(charged, default=0, filter=Q(minute__gte=midnight)),
        week=Sum(charged, default=0),
        all_requests=Sum("requests", default=0),
        lost_requests=Sum("requests", default=0, filter=lost),
    )
    return Spent(sums["today"], sums["week"], sums["all_requests"], sums["lost_requests"])


def _requests(spent: Spent) -> str:
    if not spent.requests:
        return "No requests."
    how_many = "1 request" if spent.requests == 1 else f"{spent.requests:,} requests"
    if not spent.unsuccessful:
        return f"{how_many}, all answered."
    return f"{how_many}, {spent.unsuccessful:,} of them not answered and not charged."


def _outlook(balance: Balance, spent: Spent, exempt: bool) -> str:
    if exempt:
        return "Requests of this team are not charged."
    if balance.available <= 0:
        return "Nothing is left for new requests."
    if not spent.a_day:
        return f"Nothing was spent in the last {DAYS} days."
    days = balance.available // spent.a_day
    if days > 365:
        return "Lasts more than a year at this pace."
    return f"Lasts about {days} {'day' if days == 1 else 'days'} at this pace."


def _attention(team: Team, balance: Balance, spent: Spent, now: datetime) -> list[str]:
    found = []
    if team.is_suspended:
        found.append("This team is suspended: every request is refused. Ask the operator why.")
    if team.billing_mode != BillingMode.EXEMPT:
        found += _about_money(balance, spent)
    for grant in balance.grants:
        if grant.expires_at is not None and grant.expires_at - now < SOON:
            when = f"{grant.expires_at:%Y-%m-%d %H:%M} UTC"
            found.append(f"{grouped(grant.remaining)} credits expire on {when}.")
    return found


def _about_money(balance: Balance, spent: Spent) -> list[str]:
    if balance.available <= 0:
        return ["No credit is available: requests are refused with 402. Ask the operator for more."]
    if spent.a_day and balance.available < LOW_DAYS * spent.a_day:
        return [f"Less than {LOW_DAYS} days of credit are left. Ask the operator for more."]
    return []
