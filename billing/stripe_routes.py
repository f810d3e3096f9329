"""Which top-up an event of Stripe's is about, and what is then done: it is looked at anew."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from aurous.kernel.clock import database_now
from billing import fraud, payment_exceptions, payments
from billing.gateway import gateway
from billing.gateway.base import Event
from billing.gateway.mapping import id_of
from billing.models import PaymentException, TopUp

Finish = Callable[[datetime, str], None]
IGNORED, NOT_OURS, DONE = "ignored", "not_ours", "done"
_WARNING = "radar.early_fraud_warning."
# What may change a top-up; everything else is stored and left alone.
_PREFIXES = (
    "checkout.session.",
    "payment_intent.succeeded",
    "payment_intent.processing",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "payment_intent.requires_action",
    "charge.refund",  # and charge.refunded
    "charge.dispute.",
    "refund.",
    _WARNING,
)


def work_on(event: Event, finish: Finish) -> str:
    """Do what an event asks for; ``finish`` is called in the transaction of it, with a word.

    Returns the word. Raises ``GatewayError``, ``AurousError``.
    """
    if not event.type.startswith(_PREFIXES):
        return _only(finish, IGNORED)
    topup_id = topup_of(event.object)
    topup = TopUp.objects.filter(pk=topup_id).first() if topup_id else None
    if topup_id is not None and topup is None:
        return _unknown(event, topup_id, finish)
    if topup is None:
        return _only(finish, NOT_OURS)
    _refresh(topup, event, finish)
    return DONE


def _refresh(topup: TopUp, event: Event, finish: Finish) -> None:
    def then(now: datetime) -> None:
        if warned:
            fraud.freeze(topup, event.object["id"], now)
        finish(now, DONE)

    warned = event.type.startswith(_WARNING)
    about = event.object
    page = about["id"] if about.get("object") == "checkout.session" else None
    payment_id = _payment_of(about)
    payments.refresh(topup.pk, checkout_id=page, payment_id=payment_id, then=then)
    if warned:
        fraud.forget_caller(topup)


def _payment_of(about: dict[str, Any]) -> str | None:
    """The payment that an object is or belongs to, where it says so."""
    if about.get("object") == "payment_intent":
        return str(about["id"])
    return id_of(about.get("payment_intent"))


def topup_of(about: dict[str, Any]) -> str | None:
    """The order that an object of Stripe's says it belongs to; None for somebody else's."""
    if about.get("object") == "checkout.session":
        return about.get("client_reference_id") or None
    if about.get("object") == "payment_intent":
        return (about.get("metadata") or {}).get("topup") or None
    payment_id = id_of(about.get("payment_intent"))
    if payment_id is None and about.get("charge"):
        payment_id = gateway().payment_of_charge(str(id_of(about["charge"])))
    return topup_of_payment(payment_id) if payment_id else None


def topup_of_payment(payment_id: str) -> str | None:
    """Likewise, of a payment."""
    known = TopUp.objects.filter(payment_id=payment_id).values_list("pk", flat=True).first()
    return known or gateway().retrieve_payment(payment_id).topup_id or None


def _only(finish: Finish, word: str) -> str:
    with transaction.atomic(durable=True):
        finish(database_now(connection), word)
    return word


def _unknown(event: Event, topup_id: str, finish: Finish) -> str:
    """It names an order that is not here: another installation's, or one that was lost."""
    with transaction.atomic(durable=True):
        now = database_now(connection)
        kind = PaymentException.Kind.UNKNOWN_PAYMENT
        detail = f"{event.type} of {event.object.get('id')}: there is no order {topup_id}"
        payment_exceptions.file(kind, topup_id, detail, now)
        finish(now, NOT_OURS)
    return NOT_OURS
