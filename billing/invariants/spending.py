"""Grants: I10 and I11, against a plain model of spending that knows only the transfers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from aurous.kernel.clock import as_utc
from billing.grants import Left, spending_key
from billing.invariants.query import DIFFERENCES_MAX, differences, stream

_GRANTS = (
    "SELECT id, account_id, kind, amount, priority, effective_at, expires_at, transfer_id, "
    "remaining FROM billing_grant ORDER BY account_id"
)
_TRANSFERS = (
    "SELECT t.account_id, t.id, t.kind, t.amount, t.reference, t.occurred_at, t.recorded_at, "
    "t.credit_id = t.account_id, r.first_grant_id FROM billing_transfer t "
    "LEFT JOIN billing_reversaltransfer r ON r.transfer_id = t.id "
    "ORDER BY t.account_id, t.sequence"
)


def order() -> list[str]:
    """I10. What is left of the grants adds up to posted, and is what spending in order leaves."""
    found = differences(
        "SELECT a.id, a.posted, COALESCE(SUM(g.remaining), 0) FROM billing_account a "
        "LEFT JOIN billing_grant g ON g.account_id = a.id WHERE a.team_id IS NOT NULL "
        "GROUP BY a.id, a.posted HAVING a.posted <> COALESCE(SUM(g.remaining), 0)",
        "{0}: posted {1}, the grants have {2} left",
    )
    for account_id, model in _replayed():
        found += [f"{account_id}: {problem}" for problem in model.unknown]
        for grant_id, (expected, stored) in model.left().items():
            if expected != stored:
                found.append(f"{account_id}: {grant_id} has {stored} left, in order {expected}")
    return found[:DIFFERENCES_MAX]


def expiry() -> list[str]:
    """I11. Every charge found enough in grants that were usable when its hold was taken, and no
    account will overlook an expiry to come.
    """
    found = [
        f"{account_id}: {problem}" for account_id, model in _replayed() for problem in model.short
    ]
    return found[:DIFFERENCES_MAX] + differences(
        "SELECT a.id, a.next_expiry_at, MIN(g.expires_at) FROM billing_account a "
        "JOIN billing_grant g ON g.account_id = a.id AND g.remaining > 0 "
        "GROUP BY a.id, a.next_expiry_at "
        "HAVING MIN(g.expires_at) < COALESCE(a.next_expiry_at, '9999-12-31')",
        "{0}: expects the next expiry at {1}, a grant expires at {2}",
    )


class _Model:
    """One account's grants, spent by reading its transfers one after the other."""

    def __init__(self, grants: Iterable[tuple[Any, ...]]) -> None:
        self._by_transfer: dict[str, Left] = {}
        self._stored: dict[str, int] = {}
        self._live: dict[str, Left] = {}
        self._all: dict[str, Left] = {}
        self.short: list[str] = []
        self.unknown: list[str] = []
        for id_, account, kind, amount, priority, effective, expires, transfer, remaining in grants:
            expires_at = None if expires is None else as_utc(expires)
            left = Left(id_, account, kind, amount, priority, as_utc(effective), expires_at)
            self._by_transfer[transfer] = left
            self._all[id_] = left
            self._stored[id_] = remaining

    def apply(self, row: tuple[Any, ...]) -> None:
        _, id_, kind, amount, reference, occurred_at, recorded_at, credited, first = row
        if credited:
            self._add(id_, reference)
        elif kind == "expiry":
            self._expire(reference, amount)
        else:
            self._spend(amount, reference, as_utc(occurred_at), as_utc(recorded_at), first)

    def _add(self, transfer_id: str, reference: str) -> None:
        grant = self._by_transfer.get(transfer_id)
        if grant is None:
            self.unknown.append(f"{reference} gave credit without a grant")
        else:
            self._live[grant.id] = grant

    def _expire(self, reference: str, amount: int) -> None:
        grant = self._all.get(reference.removeprefix("expiry:").partition(":")[0])
        if grant is None:
            self.unknown.append(f"{reference} expired a grant that does not exist")
        else:
            grant.remaining -= amount

    def _spend(
        self, amount: int, reference: str, held_at: Any, recorded_at: Any, first: str | None
    ) -> None:
        usable = [g for g in self._live.values() if g.remaining and g.usable(held_at)]
        for grant in sorted(usable, key=lambda g: (g.id != first, spending_key(g, recorded_at))):
            part = min(amount, grant.remaining)
            grant.remaining -= part
            amount -= part
        if amount:
            self.short.append(f"{reference} found {amount} too little in usable grants")
        self._live = {i: g for i, g in self._live.items() if g.remaining}

    def left(self) -> dict[str, tuple[int, int]]:
        """Grant id to (left by the model, left as stored)."""
        return {i: (grant.remaining, self._stored[i]) for i, grant in self._all.items()}


def _replayed() -> Iterator[tuple[str, _Model]]:
    """Each account with its model run to the end of its transfers."""
    grants: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for row in stream(_GRANTS):
        grants[row[1]].append(row)
    for account_id, rows in groupby(stream(_TRANSFERS), key=lambda row: row[0]):
        model = _Model(grants[account_id])
        for row in rows:
            model.apply(row)
        yield account_id, model
