"""The list of payments: what was ordered, how it stands, what went back and what is owed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.ui.forms import PageForm
from aurous.ui.paging import page_of
from billing.access import open_debts_of, reversals_of, topups_of
from billing.models import Reversal, TopUp
from billing.pages.paying import paying
from billing.pages.payment_words import OPEN, State, state_of, why_failed

Status = TopUp.Status
STATES = {
    "paid": "Paid",
    "open": "Waiting or on its way",
    "failed": "Failed or not paid",
    "reversed": "Refunded or disputed",
}
DEBTS_MAX = 25
_RECHARGE = "auto-recharge"  # who ordered it, where nobody did


class PaymentFilters(PageForm):
    """Which payments; everything is optional and stands in the address."""

    state = forms.ChoiceField(label="State", required=False, choices=[("", "All"), *STATES.items()])
    kind = forms.ChoiceField(
        label="Ordered by",
        required=False,
        choices=[("", "Everybody"), ("checkout", "A person"), ("recharge", "Auto-recharge")],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["data-submits"] = ""


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """An order as a list shows it. ``back_cents``: what went back and did not return."""

    topup: TopUp
    state: State
    why: str
    by: str
    back_cents: int


@team_page(May.READ)
def payments(request: TeamRequest) -> HttpResponse:
    """A page of them, newest first, below what they add up to."""
    team_id = request.team.id
    filters = PaymentFilters(request.GET)
    rows = _chosen(topups_of(team_id), filters)
    page = page_of(request, team_id, rows, scope="payments", order=("id",))
    debts = list(open_debts_of(team_id)[: DEBTS_MAX + 1])
    context = {
        **paying(),
        **_sums(team_id),
        "filters": filters,
        "filtered": any(request.GET.get(name) for name in filters.fields),
        "page": page,
        "lines": lines_of(team_id, page.rows),
        "debts": debts[:DEBTS_MAX],
        "more_debts": len(debts) > DEBTS_MAX,
        "owed": open_debts_of(team_id).aggregate(sum=Sum("remaining", default=0))["sum"],
    }
    return render(request, "billing/payments.html", context)


def lines_of(team_id: str, topups: Iterable[TopUp]) -> list[PaymentLine]:
    """Orders with what became of them, in one query however many."""
    rows = list(topups)
    reversals: dict[str, list[Reversal]] = defaultdict(list)
    paid = [topup.id for topup in rows if topup.status == Status.SUCCEEDED]
    if paid:
        for row in reversals_of(team_id).filter(topup_id__in=paid).order_by("created_at", "id"):
            reversals[row.topup_id].append(row)
    return [
        PaymentLine(
            topup,
            state_of(topup, reversals[topup.id]),
            why_failed(topup),
            ordered_by(topup),
            sum(
                row.amount_cents
                for row in reversals[topup.id]
                if row.effect == Reversal.Effect.TAKEN
            ),
        )
        for topup in rows
    ]


def ordered_by(topup: TopUp) -> str:
    """Who, as a person reads it."""
    return "Auto-recharge" if topup.ordered_by == _RECHARGE else topup.ordered_by


def _chosen(rows: QuerySet[TopUp], filters: PaymentFilters) -> QuerySet[TopUp]:
    """What is no filter lets everything through."""
    filters.is_valid()
    wanted = filters.cleaned_data
    narrowed = {
        "paid": Q(status=Status.SUCCEEDED),
        "open": Q(status__in=OPEN),
        "failed": Q(status__in=(Status.FAILED, Status.EXPIRED)),
        "reversed": Q(pk__in=Reversal.objects.values("topup_id")),
    }
    rows = rows.filter(narrowed.get(wanted.get("state", ""), Q()))
    kind = wanted.get("kind")
    return rows.filter(kind=kind) if kind else rows


def _sums(team_id: str) -> dict[str, int]:
    """Cents, each the sum of the rows that its link shows."""
    paid = topups_of(team_id).filter(status=Status.SUCCEEDED)
    back = reversals_of(team_id).filter(effect=Reversal.Effect.TAKEN)
    return {
        "paid_cents": paid.aggregate(sum=Sum("paid_cents", default=0))["sum"],
        "bought": paid.aggregate(sum=Sum("credits", default=0))["sum"],
        "back_cents": back.aggregate(sum=Sum("amount_cents", default=0))["sum"],
    }
