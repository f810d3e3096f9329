"""Everything that the overview shows of one team, read in a fixed number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.models import BillingMode, Team
from aurous.http.versions import deprecations
from aurous.http.versions.registry import versions
from aurous.kernel.clock import database_now
from aurous.ui.notices import Notice
from billing.balance import Balance, balance_of
from billing.models import HoldStatus
from billing.usage_buckets import WIDTHS
from billing.usage_rows import UsageQuery, read
from billing.usage_sums import Sums
from embeddings.pages.attention import notices
from embeddings.pages.breakdown import Breakdown, breakdown
from embeddings.pages.names import Names
from embeddings.pages.period import preset
from embeddings.pages.requests import RequestLine, request_line
from embeddings.pages.usage_form import Asked
from embeddings.request_list import Wanted, requests_page

AVERAGE_DAYS = 7
LINES_MAX = 8
BY = ("model", "modality")  # what the columns can be split by


@dataclass(frozen=True, slots=True)
class Spending:
    """Nano-credits of today and of the average day of the seven before it, UTC."""

    today: int
    a_day: int

    @property
    def rate(self) -> int:
        """What a day costs at present: the average, or today's where nothing came before."""
        return self.a_day or self.today

    @property
    def change(self) -> int | None:
        """Today against the average day, in per cent; None where there is none."""
        return round(100 * (self.today - self.a_day) / self.a_day) if self.a_day else None


@dataclass(frozen=True, slots=True)
class Recent:
    """The last 24 hours."""

    sums: Sums
    unanswered: int  # requests that were not answered, and not charged

    @property
    def error_rate(self) -> float:
        """Per cent."""
        return 100 * self.unanswered / self.sums.requests if self.sums.requests else 0.0


@dataclass(frozen=True, slots=True)
class Figures:
    """The overview of one team."""

    now: datetime
    balance: Balance
    is_exempt: bool
    spending: Spending
    month: Breakdown
    recent: Recent
    lines: list[RequestLine]
    notices: list[Notice]

    @property
    def days_left(self) -> int | None:
        """Whole days that the credit lasts at the present rate; None: nobody knows."""
        if not self.spending.rate or self.balance.available <= 0:
            return None
        return self.balance.available // self.spending.rate

    @property
    def today_url(self) -> str:
        """The requests of today."""
        return self.month.chart.columns[-1].column.url

    @property
    def is_new(self) -> bool:
        """Whether this team never sent a request."""
        return not self.lines


def figures_of(team: Team, by: str) -> Figures:
    """Read all of it; ``by`` is one of ``BY``."""
    now = database_now(connection)
    names = Names(team.id)
    balance = balance_of(team.id)
    month = _month(team.id, by, now, names)
    spending = _spending(month.series.whole.buckets)
    rows, _ = requests_page(team.id, Wanted({}), None, LINES_MAX)
    return Figures(
        now=now,
        balance=balance,
        is_exempt=team.billing_mode == BillingMode.EXEMPT,
        spending=spending,
        month=month,
        recent=_recent(team.id, now),
        lines=[request_line(row, names) for row in rows],
        notices=notices(team, balance, spending.rate, _versions(team.id, now), now),
    )


def _month(team_id: str, by: str, now: datetime, names: Names) -> Breakdown:
    grouped_by = [] if by == "modality" else [by]
    query = UsageQuery(team_id, WIDTHS["1d"], grouped_by, timed=False)
    return breakdown(Asked(query, preset("30d", now), "credits", by, {}), names)


def _spending(days: Sequence[Sums]) -> Spending:
    before = days[-1 - AVERAGE_DAYS : -1]
    return Spending(days[-1].charged, sum(day.charged for day in before) // AVERAGE_DAYS)


def _recent(team_id: str, now: datetime) -> Recent:
    period = preset("24h", now)
    width = WIDTHS["1h"]
    starts = width.newest_first(period.first, period.before, 24)
    query = UsageQuery(team_id, width, ["status"])
    rows = read(query, starts, None, len(starts) * len(HoldStatus))
    lost = [row for row in rows if row.group != (HoldStatus.SETTLED.value,)]
    return Recent(sum((row.sums for row in rows), Sums()), sum(row.sums.requests for row in lost))


def _versions(team_id: str, now: datetime) -> set[str]:
    """The API versions that were asked for in the last 30 days, if any is on its way out."""
    if not deprecations.VERSIONS:
        return set()
    period = preset("30d", now)
    width = WIDTHS["1d"]
    starts = width.newest_first(period.first, period.before, 30)
    query = UsageQuery(team_id, width, ["version"], timed=False)
    rows = read(query, starts, None, len(starts) * len(versions()))
    return {row.group[0] for row in rows}
