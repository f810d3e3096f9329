"""Which parameters each request may have: like Stripe, unknown ones are refused, not ignored."""

from typing import Any

from billing.gateway.local.errors import invalid

_LIST = {"limit", "starting_after", "created", "expand"}
_CREATE = {
    "/v1/customers": ({"name", "email", "metadata"}, set()),
    "/v1/checkout/sessions": (
        {
            "automatic_tax",
            "cancel_url",
            "client_reference_id",
            "customer",
            "customer_update",
            "expand",
            "invoice_creation",
            "line_items",
            "metadata",
            "mode",
            "payment_intent_data",
            "success_url",
        },
        {"line_items", "mode", "success_url"},
    ),
    "/v1/payment_intents": (
        {
            "amount",
            "confirm",
            "currency",
            "customer",
            "description",
            "expand",
            "metadata",
            "off_session",
            "payment_method",
            "setup_future_usage",
        },
        {"amount", "currency"},
    ),
    "/v1/setup_intents": ({"customer", "usage", "expand"}, set()),
    "/v1/refunds": (
        {"amount", "metadata", "payment_intent", "reason", "expand"},
        {"payment_intent"},
    ),
    "/v1/billing_portal/sessions": ({"customer", "return_url"}, {"customer"}),
}
_OTHER = {"expand", "payment_method", "off_session", "return_url"}
_FILTERS = {"customer", "payment_intent", "charge", "type"}


def check(method: str, path: str, params: dict[str, Any]) -> None:
    """Raises the 400 answer for a parameter that is unknown or missing."""
    if method == "POST":
        allowed, needed = _CREATE.get(path, (_OTHER, set()))
    else:
        allowed, needed = _LIST | _FILTERS, set()
    for name in sorted(params.keys() - allowed):
        raise invalid(f"Received unknown parameter: {name}", name, "parameter_unknown")
    for name in sorted(needed - params.keys()):
        raise invalid(f"Missing required param: {name}.", name, "parameter_missing")
