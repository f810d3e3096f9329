"""The operators' view of money: all of it to read, and a page for each thing that may be done.

Nothing here writes a row. Credit and refunds go through ``billing.operator_acts``, decisions of a
second person through ``billing.approvals``, prices through ``billing.prices``.
"""

from billing.admin import (
    accounts,
    claims,
    grants,
    operator_acts,
    payments,
    prices,
    promo_codes,
    proofs,
    reconcile,
    stripe,
    transfers,
    usage,
    webhooks,
)

__all__ = [
    "accounts",
    "claims",
    "grants",
    "operator_acts",
    "payments",
    "prices",
    "promo_codes",
    "proofs",
    "reconcile",
    "stripe",
    "transfers",
    "usage",
    "webhooks",
]
