"""Money at a glance: what was used, what is owed to teams, what was bought."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from aurous.kernel.money import NANO_PER_CREDIT
from aurous.operators.start.parts import Figure, Part, kept, midnight, now, rows_url, share
from aurous.operators.start.past import past_days, two_days_by_hour
from aurous.ui.chart import Chart, Column, stacked
from billing.amounts import dollars, grouped
from billing.outstanding import outstanding
from billing.revenue import Used
from billing.topup_amounts import cents_text
from billing.topup_sums import TopUpSums, topups_since

DAYS_SHOWN = 30
_DAY = timedelta(days=1)
_KINDS = {"purchased": "Bought", "promotional": "Given", "adjustment": "By correction"}


def revenue_part() -> Part:
    """Credit that requests were charged: today, 7 and 30 days, and each day as a column."""
    moment = now()
    today = midnight(moment)
    past = past_days(today, 2 * DAYS_SHOWN)
    hours = two_days_by_hour(today)
    so_far = Used(today, _charged(one for one in hours.value if one.start >= today))
    return Part(
        "revenue",
        "Revenue",
        hours.at,
        figures=[
            _today(hours.value, so_far, moment),
            _period(past, 7),
            _period(past, DAYS_SHOWN),
        ],
        chart=_chart([*past[-DAYS_SHOWN:], so_far]),
        note="Credit that requests were charged, at face value. Days are UTC.",
    )


def _charged(some: Iterable[Used]) -> int:
    return sum(one.charged for one in some)


def _today(hours: Sequence[Used], so_far: Used, moment: datetime) -> Figure:
    """Compared by the hours that are over, so that a day that has begun is not taken for less."""
    over = moment.hour
    then, done = hours[:over], hours[24 : 24 + over]
    note = _change(_charged(done), _charged(then), "the same hours of yesterday")
    return Figure("Today", dollars(so_far.charged), note, _days_url(so_far.start))


def _period(past: Sequence[Used], days: int) -> Figure:
    these, before = past[-days:], past[-2 * days : -days]
    note = _change(_charged(these), _charged(before), f"the {days} days before")
    url = _days_url(these[0].start, these[-1].start)
    return Figure(f"{days} days to yesterday", dollars(_charged(these)), note, url)


def _change(this: int, before: int, what: str) -> str:
    if not before:
        return f"nothing in {what}" if this else ""
    sign = "+" if this >= before else "\N{MINUS SIGN}"
    return f"{sign}{share(abs(this - before), before)} against {what}"


def _days_url(first: datetime, last: datetime | None = None) -> str:
    return rows_url(
        "billing",
        "usagerollup",
        width__exact="day",
        start__gte=first.isoformat(),
        start__lte=(last or first).isoformat(),
    )


def _chart(days: Sequence[Used]) -> Chart:
    columns = [
        Column(
            f"{day.start:%-d %b}",
            [float(Decimal(day.charged) / NANO_PER_CREDIT * settings.USD_PER_CREDIT)],
            [dollars(day.charged)],
            dollars(day.charged),
            _days_url(day.start),
        )
        for day in days
    ]
    return stacked("Revenue by day", "Dollars a day, UTC", ["Revenue"], columns)


def liability_part() -> Part:
    """Credit that teams have and have not used."""
    known = kept("outstanding", outstanding)
    stand = known.value
    figures = [
        Figure(
            "Teams have",
            dollars(stand.posted),
            f"{grouped(stand.posted)} credits, {grouped(stand.held)} of them held",
            rows_url("billing", "account", whose="team"),
        ),
        *(
            Figure(
                label,
                dollars(stand.by_kind[kind]),
                share(stand.by_kind[kind], stand.posted) if stand.posted else "",
                rows_url("billing", "grant", kind__exact=kind),
            )
            for kind, label in _KINDS.items()
        ),
    ]
    if stand.owed:
        url = rows_url("billing", "debt", remaining__gt="0")
        figures.append(Figure("Teams owe", dollars(stand.owed), "spent, then refunded", url))
    return Part(
        "outstanding",
        "Credit outstanding",
        known.at,
        figures=figures,
        note="What the installation owes to teams, by where it came from.",
    )


def topups_part() -> Part:
    """Orders of credit, today and in 30 days."""
    today = midnight(now())
    month = today - (DAYS_SHOWN - 1) * _DAY
    of_day = kept(f"topups:{today:%Y-%m-%d}", lambda: topups_since(today))
    of_month = kept(
        f"topups:{month:%Y-%m-%d}",
        lambda: topups_since(month),
        seconds=settings.START_MONTH_CACHE_SECONDS,
    )
    return Part(
        "topups",
        "Top-ups",
        of_day.at,
        figures=[
            *_topups("today", of_day.value, today),
            *_topups(f"{DAYS_SHOWN} days", of_month.value, month),
        ],
    )


def _topups(when: str, sums: TopUpSums, since: datetime) -> list[Figure]:
    def url(statuses: str) -> str:
        made = since.isoformat()
        return rows_url("billing", "topup", status__in=statuses, created_at__gte=made)

    failed = "warn" if sums.failed > sums.paid else ""
    return [
        Figure(f"Paid, {when}", cents_text(sums.paid_cents), _orders(sums.paid), url("succeeded")),
        Figure(f"Open, {when}", f"{sums.pending:,}", "", url("pending,processing")),
        Figure(f"Failed, {when}", f"{sums.failed:,}", "", url("failed"), failed),
    ]


def _orders(count: int) -> str:
    return "1 order" if count == 1 else f"{count:,} orders"
