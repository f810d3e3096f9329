"""Stripe's account of our money beside our own, both ways; what differs goes to a person.

What can be mended by looking once more (a webhook that never came) is mended first.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from aurous.kernel.clock import database_now
from billing import payment_exceptions, payments
from billing.gateway import gateway
from billing.gateway.base import BalanceTransaction, GatewayNotFound
from billing.models import PaymentException, Reversal, TopUp
from billing.stripe_routes import topup_of_payment

Kind = PaymentException.Kind
Effect = Reversal.Effect
_CHARGES = ("charge", "payment")
# What a failed refund gives back comes as a line of its own.
_REFUNDS = ("refund", "payment_refund", "refund_failure", "payment_failure_refund")
_DISPUTE = "adjustment"
_SETTLING = timedelta(minutes=10)  # younger rows may be on their way


@dataclass(frozen=True, slots=True)
class Difference:
    """Something on one side only, or not the same on both."""

    kind: PaymentException.Kind
    object_id: str
    detail: str
    team_id: str | None = None


@dataclass(slots=True)
class _Lines:
    """Stripe's lines, by what they are for: signed cents."""

    charges: dict[str, int] = field(default_factory=dict)
    refunds: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    disputes: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def reconcile(since: datetime) -> list[Difference]:
    """Compare all since a moment; files and returns what differs. Raises ``GatewayError``."""
    lines = _sorted(gateway().balance_transactions(int(since.timestamp())))
    found = [
        *(d for charge, cents in lines.charges.items() if (d := _charge(charge, cents))),
        *(d for id_, cents in lines.refunds.items() if (d := _reversal(id_, cents, "refund"))),
        *(d for id_, cents in lines.disputes.items() if (d := _reversal(id_, cents, "dispute"))),
        *_only_here(since, lines),
    ]
    with transaction.atomic(durable=True):
        now = database_now(connection)
        for one in found:
            payment_exceptions.file(one.kind, one.object_id, one.detail, now, team_id=one.team_id)
    payment_exceptions.measure()
    return found


def _sorted(transactions: Iterable[BalanceTransaction]) -> _Lines:
    lines = _Lines()
    for line in transactions:
        if line.source_id is None:
            continue
        if line.type in _CHARGES:
            lines.charges[line.source_id] = line.amount_cents
        elif line.type in _REFUNDS:
            lines.refunds[line.source_id] += line.amount_cents
        elif line.type == _DISPUTE and line.source_id.startswith(("dp_", "du_")):
            lines.disputes[line.source_id] += line.amount_cents
    return lines


def _charge(charge_id: str, cents: int) -> Difference | None:
    """A charge needs a top-up that was credited, and of that amount."""
    topup = TopUp.objects.filter(charge_id=charge_id).first()
    if topup is None:
        payment_id = gateway().payment_of_charge(charge_id)
        topup_id = topup_of_payment(payment_id) if payment_id else None
        if topup_id is None:
            return None  # somebody else's, on the same account
        topup = TopUp.objects.filter(pk=topup_id).first()
        if topup is None:
            return Difference(Kind.UNKNOWN_PAYMENT, topup_id, f"{charge_id}: no such order")
        topup = payments.refresh(topup_id, payment_id=payment_id)
    if topup.charge_id != charge_id or topup.status != TopUp.Status.SUCCEEDED:
        detail = f"{charge_id} was charged; {topup.id} is {topup.status} by {topup.charge_id}"
        return Difference(Kind.NOT_CREDITED, charge_id, detail, topup.team_id)
    if topup.paid_cents != cents:
        detail = f"{charge_id} is of {cents} cents, {topup.id} of {topup.paid_cents}"
        return Difference(Kind.MISMATCH, charge_id, detail, topup.team_id)
    return None


def _reversal(stripe_id: str, cents: int, kind: str) -> Difference | None:
    """Money that went back, on balance, has its credit taken; what came back, returned."""
    wanted = Effect.TAKEN if cents < 0 else Effect.RETURNED
    row = Reversal.objects.filter(stripe_id=stripe_id).first()
    if row is None or row.effect != wanted:
        _look_again(stripe_id, kind)
        row = Reversal.objects.select_related("topup").filter(stripe_id=stripe_id).first()
    if row is None:
        return _foreign_or_missing(stripe_id, cents, kind)
    if row.effect == wanted:
        return None
    detail = f"{kind} {stripe_id} of {cents} cents: the credit is {row.effect}"
    difference = Kind.NOT_TAKEN if wanted is Effect.TAKEN else Kind.NOT_RETURNED
    return Difference(difference, stripe_id, detail, row.topup.team_id)


def _look_again(stripe_id: str, kind: str) -> None:
    topup = _topup_of_reversal(stripe_id, kind)
    if topup is not None:
        payments.refresh(topup.pk)


def _topup_of_reversal(stripe_id: str, kind: str) -> TopUp | None:
    stripe = gateway()
    found = (stripe.retrieve_refund if kind == "refund" else stripe.retrieve_dispute)(stripe_id)
    topup_id = topup_of_payment(found.payment_id) if found.payment_id else None
    return TopUp.objects.filter(pk=topup_id).first() if topup_id else None


def _foreign_or_missing(stripe_id: str, cents: int, kind: str) -> Difference | None:
    topup = _topup_of_reversal(stripe_id, kind)
    if topup is None:
        return None
    detail = f"{kind} {stripe_id} of {cents} cents is not in the books"
    return Difference(Kind.NOT_TAKEN, stripe_id, detail, topup.team_id)


def _only_here(since: datetime, lines: _Lines) -> list[Difference]:
    """Credit that Stripe has no charge for, and takings that it has no refund or dispute for."""
    until = database_now(connection) - _SETTLING
    credited = TopUp.objects.filter(
        status=TopUp.Status.SUCCEEDED, completed_at__gte=since, completed_at__lt=until
    )
    unlisted = [t for t in credited.iterator() if t.charge_id not in lines.charges]
    taken = Reversal.objects.filter(effect=Effect.TAKEN, created_at__gte=since)
    taken = taken.filter(created_at__lt=until).select_related("topup")
    listed = lines.refunds.keys() | lines.disputes.keys()
    return [
        *(d for topup in unlisted if (d := _uncharged(topup))),
        *(d for row in taken.iterator() if row.stripe_id not in listed and (d := _untaken(row))),
    ]


def _uncharged(topup: TopUp) -> Difference | None:
    """Its line may be older than the list; the payment itself has the last word."""
    try:
        payment = gateway().retrieve_payment(str(topup.payment_id))
    except GatewayNotFound:
        payment = None
    if payment is not None and payment.received_cents == topup.paid_cents:
        return None
    detail = f"{topup.id} was credited; Stripe has received nothing like it"
    return Difference(Kind.NOT_CHARGED, topup.id, detail, topup.team_id)


def _untaken(row: Reversal) -> Difference | None:
    """A refund that is still on its way has no line yet."""
    stripe = gateway()
    stripe_id, is_refund = str(row.stripe_id), row.kind == Reversal.Kind.REFUND
    try:
        gone = (
            stripe.retrieve_refund(stripe_id).status not in ("failed", "canceled")
            if is_refund
            else stripe.retrieve_dispute(stripe_id).withdrawn
        )
    except GatewayNotFound:
        gone = False
    if gone:
        return None
    detail = f"the credit of {row.kind} {stripe_id} was taken; no money went back"
    return Difference(Kind.NOT_RETURNED, stripe_id, detail, row.topup.team_id)


def moment(seconds: int) -> datetime:
    """A moment of Stripe's."""
    return datetime.fromtimestamp(seconds, UTC)
