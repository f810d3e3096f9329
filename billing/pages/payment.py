"""One payment: how it stands, what happened, and every line of the ledger that is due to it."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May, roles_that
from billing.access import payment_questions_of, topup_for, topups_of
from billing.models import TopUp
from billing.pages.found import found
from billing.pages.paying import paying
from billing.pages.payment_history import history_of
from billing.pages.payment_words import reversal_state, state_of, wants_owner, why_failed
from billing.pages.payments import ordered_by
from billing.pages.statement import told


@team_page(May.READ)
def payment(request: TeamRequest, topup_id: str) -> HttpResponse:
    """All of it, as the books have it; nobody else is asked."""
    topup = found(topup_for, request.team.id, topup_id)
    by = ordered_by(topup)
    history = history_of(topup, by)
    pending = topup.status == TopUp.Status.PENDING
    context = {
        **paying(),
        "topup": topup,
        "by": by,
        "state": state_of(topup, history.reversals),
        "why": why_failed(topup),
        "history": history,
        "reversals": [(row, reversal_state(row)) for row in history.reversals],
        "lines": told(request.team.id, history.lines),
        "tax_cents": topup.paid_cents - topup.amount_cents if topup.paid_cents else 0,
        "can_pay": pending and topup.kind == TopUp.Kind.CHECKOUT,
        "question": pending and payment_questions_of(request.team.id, topup.id).exists(),
        "instead": _instead(topup),
        "money_roles": roles_that(May.MONEY),
    }
    return render(request, "billing/payment.html", context)


def _instead(topup: TopUp) -> TopUp | None:
    """The order on which the card's owner can pay what auto-recharge could not charge."""
    if not wants_owner(topup):
        return None
    return topups_of(topup.team_id).filter(token=f"for:{topup.id}").first()
