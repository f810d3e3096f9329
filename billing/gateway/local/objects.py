"""New objects: Stripe's own example of the kind, with what is not so set right."""

import copy
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

Raw = dict[str, Any]
# Fields of the examples that hold filler or tell of a case that is not ours.
_PLAIN: dict[str, Raw] = {
    "checkout.session": {
        "after_expiration": None,
        "consent": None,
        "consent_collection": None,
        "custom_text": {},
        "customer_details": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "collected_information": None,
        "permissions": None,
        "currency_conversion": None,
        "payment_method_configuration_details": None,
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "payment_intent": None,
    },
    "payment_intent": {
        "canceled_at": None,
        "last_payment_error": None,
        "next_action": None,
        "processing": None,
        "shipping": None,
        "transfer_data": None,
        "payment_method_configuration_details": None,
    },
    "charge": {
        "shipping": None,
        "transfer_data": None,
        "source": None,
        "balance_transaction": None,
        "payment_method": None,
    },
    "customer": {"discount": None, "shipping": None},
    "setup_intent": {
        "last_setup_error": None,
        "next_action": None,
        "payment_method_configuration_details": None,
    },
    "billing_portal.session": {"flow": None, "livemode": False},
    "invoice": {
        "from_invoice": None,
        "last_finalization_error": None,
        "shipping_cost": None,
        "shipping_details": None,
        "due_date": None,
        "next_payment_attempt": None,
        "amount_overpaid": 0,
        "parent": None,
    },
}


@lru_cache(maxsize=1)
def fixtures() -> dict[str, Raw]:
    """Stripe's examples, by the kind of object."""
    path = Path(__file__).with_name("fixtures.json")
    found: dict[str, Raw] = json.loads(path.read_text())
    return found


def make(kind: str, **fields: Any) -> Raw:
    """A new object with these fields. Raises ``KeyError`` for one that Stripe's kind has not."""
    made = copy.deepcopy(fixtures()[kind])
    unknown = fields.keys() - made.keys()
    if unknown:
        raise KeyError(f"{kind} has no {', '.join(sorted(unknown))}")
    return {**made, **copy.deepcopy(_PLAIN.get(kind, {})), **fields}
