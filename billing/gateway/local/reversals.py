"""Refunds and disputes of a local Stripe, and warnings of fraud."""

from typing import Any

from billing.gateway.local import intents
from billing.gateway.local.errors import invalid
from billing.gateway.local.store import Store

Raw = dict[str, Any]
_DISPUTE_FEE_CENTS = 1_500


def refund(store: Store, params: Raw) -> Raw:
    """``POST /v1/refunds``: of a payment, all that is left or a part."""
    intent = store.get("payment_intent", params["payment_intent"])
    charge = _charge(store, intent)
    left = charge["amount"] - charge["amount_refunded"]
    amount = int(params.get("amount") or left)
    if not 0 < amount <= left:
        code = "charge_already_refunded" if not left else "amount_too_large"
        raise invalid(f"{left} cents can be refunded.", "amount", code)
    made = store.add(
        "refund",
        "re",
        amount=amount,
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=intent["id"],
        metadata=params.get("metadata") or {},
        reason=params.get("reason"),
    )
    line = intents.book(store, "refund", -amount, made)
    made["balance_transaction"] = line["id"]
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    store.tell("refund.created", made)
    store.tell("charge.refunded", charge)
    return made


def fail_refund(store: Store, made: Raw) -> Raw:
    """The bank sends it back."""
    if made["status"] == "failed":
        raise invalid("It has failed already.")
    made["status"] = "failed"
    charge = store.get("charge", made["charge"])
    charge["amount_refunded"] -= made["amount"]
    charge["refunded"] = False
    intents.book(store, "refund_failure", made["amount"], made)
    store.tell("refund.failed", made)
    store.tell("charge.refund.updated", made)
    return made


def dispute(store: Store, payment_id: str, amount: int | None, *, inquiry: bool) -> Raw:
    """A bank asks, or takes the money at once."""
    intent = store.get("payment_intent", payment_id)
    charge = _charge(store, intent)
    made = store.add(
        "dispute",
        "dp",
        amount=amount or charge["amount"],
        charge=charge["id"],
        currency=charge["currency"],
        payment_intent=intent["id"],
        status="warning_needs_response" if inquiry else "needs_response",
        reason="fraudulent",
    )
    charge["disputed"] = True
    store.tell("charge.dispute.created", made)
    if not inquiry:
        _move(store, made, -made["amount"], "charge.dispute.funds_withdrawn")
    return made


def escalate(store: Store, made: Raw) -> Raw:
    """An inquiry becomes a dispute."""
    if made["status"] != "warning_needs_response":
        raise invalid("It is no inquiry.")
    made["status"] = "needs_response"
    _move(store, made, -made["amount"], "charge.dispute.funds_withdrawn")
    store.tell("charge.dispute.updated", made)
    return made


def close(store: Store, made: Raw, *, won: bool) -> Raw:
    """The bank has decided; an inquiry just ends."""
    if made["status"] in ("won", "lost", "warning_closed"):
        raise invalid("It is closed already.")
    if made["status"].startswith("warning_"):
        made["status"] = "warning_closed"
    else:
        made["status"] = "won" if won else "lost"
        if won:
            _move(store, made, made["amount"], "charge.dispute.funds_reinstated")
    store.tell("charge.dispute.closed", made)
    return made


def warn(store: Store, payment_id: str) -> Raw:
    """A card's bank suspects fraud."""
    charge = _charge(store, store.get("payment_intent", payment_id))
    made = store.add("radar.early_fraud_warning", "issfr", charge=charge["id"])
    store.tell("radar.early_fraud_warning.created", made)
    return made


def _move(store: Store, made: Raw, amount: int, type_: str) -> None:
    fee = _DISPUTE_FEE_CENTS if amount < 0 else 0
    line = intents.book(store, "adjustment", amount, made, fee=fee)
    made["balance_transactions"].append(line)
    store.tell(type_, made)


def _charge(store: Store, intent: Raw) -> Raw:
    if intent["latest_charge"] is None:
        raise invalid("This PaymentIntent does not have a successful charge.", "payment_intent")
    return store.get("charge", intent["latest_charge"])
