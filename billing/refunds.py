"""Refunds that begin here: our row first, then Stripe, then the credit goes with the money."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum

from accounts import audit
from accounts.actors import Actor
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from billing import payments
from billing.gateway import gateway
from billing.gateway.base import GatewayError, GatewayRefused
from billing.models import Reversal, TopUp
from billing.reversals import worth
from billing.topup_amounts import cents_text
from billing.topups import outside, require_configured

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """Cents of what was paid. ``token`` names the operator's one intention: sent twice, it is one
    refund. ``asked_by`` is who asked for it, where ``actor`` agreed.
    """

    topup: TopUp
    amount_cents: int
    reason: str
    actor: Actor
    token: str
    asked_by: str = ""


def refund(order: RefundOrder) -> Reversal:
    """Give a part of a top-up's money back, or all of it.

    Raises ``missing_field`` without a reason, ``value_out_of_range`` beyond what can be refunded,
    ``provider_unavailable`` where Stripe gave no answer: the sweep then finds out, and the same
    token may be sent again.
    """
    require_configured()
    if not order.reason.strip():
        raise AurousError("missing_field", "A refund needs a reason.", param="reason")
    row = _order(order)
    return outside(lambda: send(row))


def _order(order: RefundOrder) -> Reversal:
    try:
        return _new_row(order)
    except IntegrityError:  # the form was sent twice
        return Reversal.objects.select_related("topup").get(token=order.token)


def refundable_cents(topup: TopUp) -> int:
    """What has not been refunded, or asked to be, of what was paid."""
    reversals = Reversal.objects.filter(topup=topup, kind=Reversal.Kind.REFUND)
    lost = reversals.exclude(effect=Reversal.Effect.RETURNED)
    gone: int | None = lost.aggregate(total=Sum("amount_cents"))["total"]
    return (topup.paid_cents or 0) - (gone or 0)


def _new_row(order: RefundOrder) -> Reversal:
    with transaction.atomic(durable=True):
        return place(order)


def place(order: RefundOrder) -> Reversal:
    """The row of a refund, in an open transaction after which ``send`` asks Stripe; the same token
    again finds the first one. Raises ``value_out_of_range``.
    """
    topup = TopUp.objects.select_for_update().get(pk=order.topup.pk)
    earlier = Reversal.objects.select_related("topup").filter(token=order.token).first()
    if earlier is not None:
        return earlier
    check_amount(topup, order.amount_cents)
    row = Reversal.objects.create(
        id=new_id("rev"),
        topup=topup,
        kind=Reversal.Kind.REFUND,
        amount_cents=order.amount_cents,
        credits=worth(topup, order.amount_cents),
        reason=order.reason.strip(),
        token=order.token,
        created_at=database_now(connection),
    )
    data = {"amount": cents_text(order.amount_cents), "reason": row.reason}
    audit.record(
        "topup.refunded",
        team=topup.team_id,
        actor=order.actor,
        target=topup.id,
        data=data | ({"asked_by": order.asked_by} if order.asked_by else {}),
    )
    return row


def check_amount(topup: TopUp, cents: int) -> None:
    """Raises ``value_out_of_range`` beyond what can be refunded now."""
    left = refundable_cents(topup)
    if not 0 < cents <= left:
        raise AurousError(
            "value_out_of_range",
            f"At most {cents_text(max(0, left))} can be refunded.",
            param="amount",
        )


def outcome(row: Reversal) -> str:
    """What became of a refund, in a word: pending, succeeded or failed."""
    if row.effect == Reversal.Effect.RETURNED:
        return "failed"
    return "succeeded" if row.stripe_status == "succeeded" else "pending"


def send(row: Reversal) -> Reversal:
    """Ask Stripe for a refund, once however often this is called, and take its credit.

    Raises ``GatewayUnavailable`` where it is unknown what became of it.
    """
    age = database_now(connection) - row.created_at
    key_is_good = age < timedelta(seconds=settings.STRIPE_KEY_SECONDS)
    if _is_unsent(row) and key_is_good:
        _ask(row)
    payments.refresh(row.topup_id)  # binds the row to Stripe's refund, which has its id
    if not key_is_good:
        _close_unsent(row, "never_sent")
    row.refresh_from_db()
    return row


def resume() -> int:
    """Ask once more for refunds without an answer; how many there were."""
    unsent = Reversal.objects.filter(stripe_id=None, effect=Reversal.Effect.NONE)
    rows = unsent.select_related("topup").order_by("created_at")[: settings.STRIPE_PASS_ROWS_MAX]
    for row in rows:
        try:
            send(row)
        except GatewayError as error:
            log.warning("refund.unanswered", reversal=row.pk, kind=type(error).__name__)
    return len(rows)


def _is_unsent(row: Reversal) -> bool:
    return row.stripe_id is None and row.effect == Reversal.Effect.NONE


def _ask(row: Reversal) -> None:
    try:
        gateway().create_refund(
            str(row.topup.payment_id),
            row.amount_cents,
            reversal_id=row.id,
            key=f"refund:{row.id}",
        )
    except GatewayRefused as refused:
        _close_unsent(row, refused.code)


def _close_unsent(row: Reversal, why: str) -> None:
    """Stripe has no such refund and never will: the money stays, and so does the credit."""
    Reversal.objects.filter(pk=row.pk, stripe_id=None).update(
        effect=Reversal.Effect.RETURNED, stripe_status=why[:40]
    )
