"""The chain: I3 and I14, one pass each over the transfers in order."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from aurous.kernel.clock import as_utc
from billing.chain import HASHED, follows
from billing.invariants.query import DIFFERENCES_MAX, differences, stream
from billing.models import GENESIS_HASH


def sequences() -> list[str]:
    """I3."""
    signed = "CASE WHEN credit_id = account_id THEN amount ELSE -amount END"
    over = "OVER (PARTITION BY account_id ORDER BY sequence)"
    return differences(
        "SELECT account_id, sequence, balance_after, before_sequence, before_balance, signed "
        "FROM (SELECT account_id, sequence, balance_after, "
        f"COALESCE(LAG(sequence) {over}, 0) AS before_sequence, "
        f"COALESCE(LAG(balance_after) {over}, 0) AS before_balance, {signed} AS signed "
        "FROM billing_transfer) s WHERE sequence <> before_sequence + 1 "
        "OR balance_after <> before_balance + signed",
        "{0}: line {1} with balance {2} does not follow line {3} with {4} and {5}",
    ) + differences(
        "SELECT a.id, a.sequence, COALESCE(MAX(t.sequence), 0) FROM billing_account a "
        "LEFT JOIN billing_transfer t ON t.account_id = a.id GROUP BY a.id, a.sequence "
        "HAVING a.sequence <> COALESCE(MAX(t.sequence), 0)",
        "{0} counts {1} lines, the newest is {2}",
    )


_SQL = (
    f"SELECT t.{', t.'.join(HASHED)}, t.hash, a.chain_hash FROM billing_transfer t "
    "JOIN billing_account a ON a.id = t.account_id ORDER BY t.account_id, t.sequence"
)


def hashes() -> list[str]:
    """I14."""
    found: list[str] = []
    for account_id, rows in groupby(stream(_SQL), key=lambda row: row[0]):
        found += _broken(account_id, rows)
        if len(found) >= DIFFERENCES_MAX:
            break
    return found[:DIFFERENCES_MAX]


def _broken(account_id: str, rows: Iterable[tuple[Any, ...]]) -> list[str]:
    before = tip = GENESIS_HASH
    found = []
    for *values, stored, account_hash in rows:
        fields = dict(zip(HASHED, values, strict=True))
        for name in ("occurred_at", "recorded_at"):
            fields[name] = as_utc(fields[name])
        if not follows(before, fields, stored):
            found.append(f"{account_id}: line {fields['sequence']} was changed")
        before, tip = stored, account_hash
    if tip != before:
        found.append(f"{account_id}: the account's hash is not that of its newest line")
    return found
