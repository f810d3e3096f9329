"""Payments of a local Stripe: made, confirmed, charged, declined."""

from typing import Any

from billing.gateway.local.cards import card_of
from billing.gateway.local.errors import declined, invalid
from billing.gateway.local.store import Store

Raw = dict[str, Any]
_FEE_CENTS = 30
_AUTHENTICATION = "authentication_required"


def create(store: Store, params: Raw) -> Raw:
    """``POST /v1/payment_intents``."""
    if int(params["amount"]) < 50:
        raise invalid("Amount must be at least $0.50 usd", "amount", "amount_too_small")
    intent = new(
        store,
        int(params["amount"]),
        params["currency"],
        params.get("customer"),
        params.get("metadata") or {},
        description=params.get("description"),
        setup_future_usage=params.get("setup_future_usage"),
    )
    if params.get("confirm") == "true":
        return confirm(store, intent, params)
    return intent


def new(
    store: Store, amount: int, currency: str, customer: str | None, metadata: Raw, **more: Any
) -> Raw:
    """A payment that nobody has paid."""
    intent = store.add(
        "payment_intent",
        "pi",
        amount=amount,
        currency=currency,
        customer=customer,
        metadata=metadata,
        **more,
    )
    intent["client_secret"] = f"{intent['id']}_secret_local"
    store.tell("payment_intent.created", intent)
    return intent


def confirm(store: Store, intent: Raw, params: Raw) -> Raw:
    """``POST /v1/payment_intents/{id}/confirm``. A refused card is a 402 answer."""
    if intent["status"] not in ("requires_payment_method", "requires_confirmation"):
        raise invalid("This PaymentIntent's status does not allow it.", code="payment_intent_state")
    method_id = params.get("payment_method") or intent["payment_method"]
    if not method_id:
        raise invalid("A payment method is needed.", "payment_method", "parameter_missing")
    card, later = card_of(store, method_id), params.get("off_session") == "true"
    if later and card.asks_later:
        decline(store, intent, _AUTHENTICATION, _AUTHENTICATION)
    if later and card.declines_later:
        decline(store, intent, "card_declined", card.declines_later)
    if not later and card.declines:
        decline(store, intent, "card_declined", card.declines)
    intent["payment_method"] = method_id
    if not later and card.asks:
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "use_stripe_sdk"}
        store.tell("payment_intent.requires_action", intent)
        return intent
    return succeed(store, intent)


def decline(store: Store, intent: Raw, code: str, decline_code: str) -> None:
    """Leave it unpaid and raise the 402 answer."""
    mark_failed(store, intent, code, decline_code)
    raise declined(code, decline_code, intent)


def mark_failed(store: Store, intent: Raw, code: str, decline_code: str) -> None:
    """Unpaid, and why."""
    intent["status"], intent["payment_method"] = "requires_payment_method", None
    intent["last_payment_error"] = {
        "type": "card_error",
        "code": code,
        "decline_code": decline_code,
        "message": "Your card was declined.",
    }
    store.tell("payment_intent.payment_failed", intent)


def succeed(store: Store, intent: Raw) -> Raw:
    """Charge it."""
    charge = store.add(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_captured=intent["amount"],
        captured=True,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        payment_intent=intent["id"],
        payment_method=intent["payment_method"],
        metadata=intent["metadata"],
    )
    charge["receipt_url"] = f"{store.data.get('base', '')}/receipts/{charge['id']}"
    line = book(store, "charge", intent["amount"], charge, fee=_FEE_CENTS)
    charge["balance_transaction"] = line["id"]
    intent |= {
        "status": "succeeded",
        "amount_received": intent["amount"],
        "latest_charge": charge["id"],
        "next_action": None,
        "last_payment_error": None,
    }
    store.tell("charge.succeeded", charge)
    store.tell("payment_intent.succeeded", intent)
    return intent


def book(store: Store, type_: str, amount: int, source: Raw, *, fee: int = 0) -> Raw:
    """A line of the account."""
    return store.add(
        "balance_transaction",
        "txn",
        type=type_,
        amount=amount,
        net=amount - fee,
        fee=fee,
        currency=source["currency"],
        source=source["id"],
        reporting_category=type_,
        description=None,
    )
