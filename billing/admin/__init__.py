"""The operators' view of money: all of it to read, two operations to change it.

Nothing here writes a row of the ledger. A balance is corrected by ``billing.corrections`` and a
price set by ``billing.prices``, each on a page of its own.
"""

from billing.admin import (
    accounts,
    claims,
    grants,
    payments,
    prices,
    proofs,
    transfers,
    usage,
    webhooks,
)

__all__ = [
    "accounts",
    "claims",
    "grants",
    "payments",
    "prices",
    "proofs",
    "transfers",
    "usage",
    "webhooks",
]
