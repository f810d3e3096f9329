"""Checkout Sessions of a local Stripe: opened, paid on their page, expired."""

from typing import Any

from billing.gateway.local import intents
from billing.gateway.local.cards import card_of, digits, new_method
from billing.gateway.local.errors import invalid
from billing.gateway.local.store import Store

Raw = dict[str, Any]
_LIFE_SECONDS = 24 * 3_600


def create(store: Store, params: Raw) -> Raw:
    """``POST /v1/checkout/sessions``, for one payment."""
    if params.get("mode") != "payment":
        raise invalid("Only mode=payment is known here.", "mode")
    price = params["line_items"][0]["price_data"]
    amount = int(price["unit_amount"]) * int(params["line_items"][0]["quantity"])
    session = store.add(
        "checkout.session",
        "cs_test",
        amount_subtotal=amount,
        amount_total=amount,
        currency=price["currency"],
        customer=params.get("customer"),
        client_reference_id=params.get("client_reference_id"),
        metadata=params.get("metadata") or {},
        success_url=params["success_url"],
        cancel_url=params.get("cancel_url"),
        expires_at=store.now + _LIFE_SECONDS,
    )
    session["url"] = f"{store.data.get('base', '')}/c/pay/{session['id']}"
    store.data.setdefault("orders", {})[session["id"]] = {
        "name": price["product_data"]["name"],
        **(params.get("payment_intent_data") or {}),
    }
    return session


def expire(store: Store, session: Raw) -> Raw:
    """``POST /v1/checkout/sessions/{id}/expire``."""
    if session["status"] != "open":
        raise invalid("Only Checkout Sessions with a status of open can be expired.")
    session |= {"status": "expired", "url": None}
    store.tell("checkout.session.expired", session)
    return session


def pay(store: Store, session: Raw, number: str) -> str:
    """Somebody types a card number: ``paid``, ``asks`` or why it was declined."""
    if session["status"] != "open":
        return "paid" if session["status"] == "complete" else "expired"
    intent = _intent(store, session)
    method = new_method(store, digits(number), session["customer"])
    card = card_of(store, method["id"])
    if card.declines:
        intents.mark_failed(store, intent, "card_declined", card.declines)
        return card.declines
    intent["payment_method"] = method["id"]
    if card.asks:
        intent["status"] = "requires_action"
        return "asks"
    return _complete(store, session, intent)


def authenticate(store: Store, session: Raw, *, agreed: bool) -> str:
    """The owner tells their bank yes or no."""
    intent = _intent(store, session)
    if session["status"] != "open" or intent["status"] != "requires_action":
        return "paid" if session["status"] == "complete" else "expired"
    if agreed:
        return _complete(store, session, intent)
    intents.mark_failed(store, intent, "payment_intent_authentication_failure", "")
    return "authentication_failed"


def pay_later(store: Store, session: Raw) -> str:
    """By bank debit: the page is done, the money comes in days or never."""
    if session["status"] == "open":
        intent = _intent(store, session)
        intent["status"] = "processing"
        method = new_method(store, "4242424242424242", session["customer"])
        intent["payment_method"] = method["id"]
        session |= {"status": "complete", "payment_status": "unpaid", "url": None}
        store.tell("payment_intent.processing", intent)
        store.tell("checkout.session.completed", session)
    return "paid"


def arrive(store: Store, session: Raw, *, good: bool) -> None:
    """What was paid later comes, or does not."""
    intent = _intent(store, session)
    if intent["status"] != "processing":
        raise invalid("Nothing is on its way.")
    if good:
        intents.succeed(store, intent)
        session["payment_status"] = "paid"
        store.tell("checkout.session.async_payment_succeeded", session)
        return
    intents.mark_failed(store, intent, "payment_intent_payment_attempt_failed", "")
    store.tell("checkout.session.async_payment_failed", session)


def _complete(store: Store, session: Raw, intent: Raw) -> str:
    intents.succeed(store, intent)
    invoice = store.add(
        "invoice",
        "in",
        customer=session["customer"],
        amount_due=session["amount_total"],
        amount_paid=session["amount_total"],
        amount_remaining=0,
        total=session["amount_total"],
        status="paid",
    )
    invoice["hosted_invoice_url"] = f"{store.data.get('base', '')}/invoices/{invoice['id']}"
    session |= {
        "status": "complete",
        "payment_status": "paid",
        "invoice": invoice["id"],
        "url": None,
    }
    store.tell("checkout.session.completed", session)
    return "paid"


def _intent(store: Store, session: Raw) -> Raw:
    """The payment of a page is made when somebody begins to pay."""
    if session["payment_intent"] is None:
        order = store.data["orders"][session["id"]]
        intent = intents.new(
            store,
            session["amount_total"],
            session["currency"],
            session["customer"],
            order.get("metadata") or {},
            description=order.get("description"),
            setup_future_usage=order.get("setup_future_usage"),
        )
        session["payment_intent"] = intent["id"]
    return store.get("payment_intent", session["payment_intent"])
