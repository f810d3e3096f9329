"""The hash chain: what each transfer's hash is made of.

``docs/verify_statement.py`` computes the same with nothing but Python's standard
library; whoever changes one changes the other.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# Of every transfer, in this order. The note comes last: it alone may have more than one line.
HASHED = (
    "account_id",
    "sequence",
    "id",
    "kind",
    "debit_id",
    "credit_id",
    "amount",
    "balance_after",
    "reference",
    "request_id",
    "occurred_at",
    "recorded_at",
    "note",
)
# Transfers from before all their fields were hashed: as they are, since no transfer is changed.
HASHED_FIRST = (
    "account_id",
    "sequence",
    "kind",
    "debit_id",
    "credit_id",
    "amount",
    "balance_after",
    "reference",
    "occurred_at",
)


def moment_text(moment: datetime) -> str:
    """A moment as statements write it: always six digits, always UTC."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def chain_hash(before: str, row: Mapping[str, Any]) -> str:
    """SHA-256 over the hash before and this transfer's own fields, one a line."""
    fields = (
        before,
        row["account_id"],
        row["sequence"],
        row["id"],
        row["kind"],
        row["debit_id"],
        row["credit_id"],
        row["amount"],
        row["balance_after"],
        row["reference"],
        row["request_id"] or "",
        moment_text(row["occurred_at"]),
        moment_text(row["recorded_at"]),
        row["note"],
    )
    return _digest(fields)


def first_chain_hash(before: str, row: Mapping[str, Any]) -> str:
    """The hash as it was made first, over fewer fields."""
    fields = [before, *(row[name] for name in HASHED_FIRST)]
    fields[-1] = row["occurred_at"].astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return _digest(fields)


def follows(before: str, row: Mapping[str, Any], stored: str) -> bool:
    """Whether a stored hash is that of this transfer after the hash before."""
    return stored in (chain_hash(before, row), first_chain_hash(before, row))


def _digest(fields: Any) -> str:
    return hashlib.sha256("\n".join(map(str, fields)).encode()).hexdigest()
