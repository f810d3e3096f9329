"""What we ask Stripe for: the bodies of the two calls that move money. Pure.

The same order must always give the same body: a repeated call with another body is refused.
"""

from typing import Any

from billing.gateway.base import CheckoutOrder, PaymentOrder


def checkout_params(order: CheckoutOrder) -> dict[str, Any]:
    """A Checkout Session for one payment, with an invoice."""
    ours = {"topup": order.topup_id, "team": order.team_id}
    payment: dict[str, Any] = {"metadata": ours, "description": order.description}
    if order.save_card:
        payment["setup_future_usage"] = "off_session"
    price = {
        "currency": order.currency,
        "unit_amount": order.amount_cents,
        "product_data": {"name": order.description},
    }
    if order.automatic_tax:
        price["tax_behavior"] = "exclusive"
    return {
        "mode": "payment",
        "client_reference_id": order.topup_id,
        "customer": order.customer_id,
        "line_items": [{"quantity": 1, "price_data": price}],
        "invoice_creation": {"enabled": True},
        "automatic_tax": {"enabled": order.automatic_tax},
        **({"customer_update": {"address": "auto"}} if order.automatic_tax else {}),
        "payment_intent_data": payment,
        "metadata": ours,
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
    }


def payment_params(order: PaymentOrder) -> dict[str, Any]:
    """A PaymentIntent that is confirmed at once with a kept card."""
    return {
        "amount": order.amount_cents,
        "currency": order.currency,
        "customer": order.customer_id,
        "payment_method": order.payment_method_id,
        "off_session": True,
        "confirm": True,
        "description": order.description,
        "metadata": {"topup": order.topup_id, "team": order.team_id},
        "expand": ["latest_charge"],
    }
