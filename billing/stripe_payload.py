"""What of an event of Stripe's an operator may read: what it says of money, nothing of people.

Only what is named here is shown, so that what Stripe adds one day is not.
"""

import json
from typing import Any

_SHOWN = frozenset(
    [
        "actionable",
        "amount",
        "amount_captured",
        "amount_received",
        "amount_refunded",
        "amount_subtotal",
        "amount_total",
        "api_version",
        "balance_transaction",
        "captured",
        "charge",
        "client_reference_id",
        "code",
        "created",
        "currency",
        "data",
        "decline_code",
        "disputed",
        "failure_code",
        "fraud_type",
        "id",
        "last_payment_error",
        "latest_charge",
        "livemode",
        "metadata",
        "mode",
        "net",
        "object",
        "paid",
        "payment_intent",
        "payment_status",
        "pending_webhooks",
        "reason",
        "refunded",
        "reporting_category",
        "request",
        "reversal",
        "status",
        "team",
        "topup",
        "type",
    ]
)
# Of ``metadata``, which anybody who makes payments on this account may fill.
_OURS = frozenset({"reversal", "team", "topup"})
_TEXT_CHARACTERS_MAX = 200


def readable(payload: str) -> tuple[str, int]:
    """An event as indented JSON, and how many fields are not shown."""
    try:
        event = json.loads(payload)
    except ValueError:
        return "", 0
    hidden = [0]
    shown = _shown(event, _SHOWN, hidden)
    return json.dumps(shown, indent=2, ensure_ascii=False), hidden[0]


def _shown(value: Any, names: frozenset[str], hidden: list[int]) -> Any:
    if isinstance(value, dict):
        kept = {name: inner for name, inner in value.items() if name in names}
        hidden[0] += len(value) - len(kept)
        return {
            name: _shown(inner, _OURS if name == "metadata" else names, hidden)
            for name, inner in kept.items()
        }
    if isinstance(value, list):
        return [_shown(inner, names, hidden) for inner in value]
    return value[:_TEXT_CHARACTERS_MAX] if isinstance(value, str) else value
