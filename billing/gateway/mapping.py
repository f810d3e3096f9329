"""From Stripe's objects, as plain dicts, to ours. Unknown fields are nobody's business."""

from typing import Any

from billing.gateway.base import BalanceTransaction, Checkout, Dispute, Event, Payment, Refund

Raw = dict[str, Any]


def id_of(value: Any) -> str | None:
    """The id of an object that may have been expanded."""
    if isinstance(value, dict):
        return str(value["id"])
    return value or None


def checkout(raw: Raw) -> Checkout:
    """A Checkout Session. With ``invoice`` expanded, its page too."""
    invoice = raw.get("invoice")
    return Checkout(
        id=raw["id"],
        url=raw.get("url") or "",
        status=raw["status"],
        payment_status=raw["payment_status"],
        payment_id=id_of(raw.get("payment_intent")),
        topup_id=raw.get("client_reference_id") or "",
        team_id=(raw.get("metadata") or {}).get("team", ""),
        currency=raw.get("currency") or "",
        subtotal_cents=raw.get("amount_subtotal") or 0,
        total_cents=raw.get("amount_total") or 0,
        invoice_url=(invoice.get("hosted_invoice_url") or "") if isinstance(invoice, dict) else "",
    )


def payment(raw: Raw) -> Payment:
    """A PaymentIntent. With ``latest_charge`` expanded, its receipt too."""
    charge = raw.get("latest_charge")
    metadata = raw.get("metadata") or {}
    error = raw.get("last_payment_error") or {}
    return Payment(
        id=raw["id"],
        status=raw["status"],
        amount_cents=raw["amount"],
        received_cents=raw.get("amount_received") or 0,
        currency=raw["currency"],
        topup_id=metadata.get("topup", ""),
        team_id=metadata.get("team", ""),
        customer_id=id_of(raw.get("customer")),
        payment_method_id=id_of(raw.get("payment_method")),
        charge_id=id_of(charge),
        receipt_url=(charge.get("receipt_url") or "") if isinstance(charge, dict) else "",
        failure_code=error.get("decline_code") or error.get("code") or "",
    )


def refund(raw: Raw) -> Refund:
    """A Refund."""
    return Refund(
        id=raw["id"],
        payment_id=id_of(raw.get("payment_intent")),
        amount_cents=raw["amount"],
        status=raw.get("status") or "pending",
        created_s=raw["created"],
        reversal_id=(raw.get("metadata") or {}).get("reversal", ""),
        reason=raw.get("reason") or "",
    )


def dispute(raw: Raw) -> Dispute:
    """A Dispute. Whether the money is gone is told by its balance transactions alone."""
    amounts = [line["amount"] for line in raw.get("balance_transactions") or ()]
    return Dispute(
        id=raw["id"],
        payment_id=id_of(raw.get("payment_intent")),
        amount_cents=raw["amount"],
        status=raw["status"],
        created_s=raw["created"],
        withdrawn=any(amount < 0 for amount in amounts),
        reinstated=any(amount > 0 for amount in amounts),
        reason=raw.get("reason") or "",
    )


def event(raw: Raw) -> Event:
    """An Event."""
    return Event(raw["id"], raw["type"], raw["created"], raw)


def balance_transaction(raw: Raw) -> BalanceTransaction:
    """A BalanceTransaction."""
    return BalanceTransaction(
        id=raw["id"],
        type=raw["type"],
        amount_cents=raw["amount"],
        currency=raw["currency"],
        source_id=id_of(raw.get("source")),
        created_s=raw["created"],
    )
