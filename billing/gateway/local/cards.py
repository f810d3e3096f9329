"""The cards that a local Stripe knows, by number, with what happens to them."""

from dataclasses import dataclass
from typing import Any

from billing.gateway.local.errors import invalid
from billing.gateway.local.store import Store

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """``declines`` on a page, ``declines_later`` when nobody looks; likewise ``asks`` its owner."""

    words: str
    declines: str = ""
    declines_later: str = ""
    asks: bool = False
    asks_later: bool = False


CARDS = {
    "4242424242424242": Card("pays"),
    "4000000000000002": Card("is declined", "generic_decline", "generic_decline"),
    "4000000000009995": Card("has no funds", "insufficient_funds", "insufficient_funds"),
    "4000000000000341": Card("pays here, is declined later", "", "generic_decline"),
    "4000002500003155": Card("asks its owner once", asks=True),
    "4000002760003184": Card("asks its owner always", asks=True, asks_later=True),
}
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequired": "4000002760003184",
}


def digits(number: str) -> str:
    """A card number without what people write between."""
    return "".join(filter(str.isdigit, number))


def new_method(store: Store, number: str, customer_id: str | None) -> Raw:
    """A payment method of a card; attached where there is a customer. Raises the 400 answer."""
    if number not in CARDS:
        raise invalid("Your card number is incorrect.", "number", "incorrect_number")
    method = store.add("payment_method", "pm", customer=customer_id, metadata={})
    method["card"] = {**method["card"], "last4": number[-4:]}
    store.data["cards"][method["id"]] = number
    return method


def card_of(store: Store, method_id: str) -> Card:
    """What happens to a payment method. Raises the 404 answer."""
    if method_id in TOKENS:
        return CARDS[TOKENS[method_id]]
    store.get("payment_method", method_id)
    return CARDS[store.data["cards"][method_id]]
