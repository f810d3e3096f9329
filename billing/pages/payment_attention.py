"""What about payments needs attention, on the overview and the billing page."""

from collections.abc import Iterator

from django.db.models import Q, Sum

from accounts.models import Team
from aurous.ui.notices import Notice, place
from billing.access import auto_recharge_of, open_debts_of, reversals_of, topups_of
from billing.amounts import grouped
from billing.models import Reversal, TopUp
from billing.pages.payment_words import OPEN, is_open_dispute, why_switched_off
from billing.topup_amounts import cents_text

_TOLD_MAX = 3  # of a kind, one by one


def about_payments(team: Team) -> list[Notice]:
    """The most urgent first."""
    return [
        *_about_disputes(team),
        *_about_debts(team),
        *_about_recharge(team),
        *_about_orders(team),
    ]


def _about_disputes(team: Team) -> Iterator[Notice]:
    found = reversals_of(team.id).filter(
        ~Q(effect=Reversal.Effect.RETURNED), kind=Reversal.Kind.DISPUTE
    )
    disputes = [row for row in found.order_by("-created_at", "-id") if is_open_dispute(row)]
    for row in disputes[:_TOLD_MAX]:
        taken = row.effect == Reversal.Effect.TAKEN
        what = "is disputed; its credit was taken" if taken else "is questioned by a bank"
        sentence = f"A payment of {cents_text(row.topup.amount_cents)} {what}."
        link = place("billing-payment", team.id, row.topup_id)
        yield Notice("bad" if taken else "warn", "shield", sentence, link, "See what happened")
    if len(disputes) > _TOLD_MAX:
        link = place("billing-payments", team.id) + "?state=reversed"
        sentence = f"{len(disputes) - _TOLD_MAX} more payments are disputed."
        yield Notice("warn", "shield", sentence, link, "See all")


def _about_debts(team: Team) -> Iterator[Notice]:
    owed: int = open_debts_of(team.id).aggregate(sum=Sum("remaining", default=0))["sum"]
    if owed:
        sentence = f"{grouped(owed)} credits are owed. The next credit that is bought pays them."
        link = place("billing-payments", team.id) + "#owed"
        yield Notice("warn", "coins", sentence, link, "See why")


def _about_recharge(team: Team) -> Iterator[Notice]:
    row = auto_recharge_of(team.id)
    link = place("billing-recharge", team.id)
    if row is None:
        return
    if row.disabled_reason and not row.enabled:
        sentence = f"Auto-recharge is off. {why_switched_off(row.disabled_reason)}"
        yield Notice("warn", "refresh-cw", sentence, link, "See what to do")
    elif row.enabled and row.failures:
        sentence = f"Auto-recharge of {cents_text(row.amount_cents)} did not go through."
        yield Notice("warn", "refresh-cw", sentence, link, "See why")


def _about_orders(team: Team) -> Iterator[Notice]:
    open_ones = topups_of(team.id).filter(kind=TopUp.Kind.CHECKOUT, status__in=OPEN)
    found = list(open_ones.order_by("-id")[: _TOLD_MAX + 1])
    for topup in found[:_TOLD_MAX]:
        amount = cents_text(topup.amount_cents)
        link = place("billing-payment", team.id, topup.id)
        if topup.status == TopUp.Status.PROCESSING:
            sentence = f"A payment of {amount} is on its way. The credit comes with the money."
            yield Notice("open", "clock", sentence, link, "See the payment")
        else:
            sentence = f"An order of {amount} of credit waits to be paid."
            yield Notice("open", "clock", sentence, link, "Pay or drop it")
    if len(found) > _TOLD_MAX:
        link = place("billing-payments", team.id) + "?state=open"
        yield Notice("open", "clock", "More orders wait to be paid.", link, "See all")
