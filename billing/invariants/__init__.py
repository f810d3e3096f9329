"""The money invariants, checked on the live database (what ``prove`` runs).

Each check is a function that returns its differences as sentences; none is a proof. They read
in one transaction of its own snapshot, so that running requests do not look like differences.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from billing.invariants import (
    balances,
    chain,
    counters,
    operators,
    promises,
    requests,
    rollups,
    spending,
    stripe,
)

Check = Callable[[], list[str]]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule of money.md section 4 with its number there."""

    id: str
    title: str
    check: Check


@dataclass(frozen=True, slots=True)
class Finding:
    """What checking one invariant found: no differences, or some."""

    id: str
    title: str
    differences: list[str]


def _grants() -> list[str]:
    return spending.order() + promises.kept()


def _usage() -> list[str]:
    return counters.totals() + rollups.durations() + rollups.rollups()


# I15 is about what refused commands leave behind and is a property of the code, shown by the
# tests. Of I12 this is the half that needs no network; ``reconcile`` asks Stripe for the other.
INVARIANTS = (
    Invariant("I1", "each account's posted is the sum of its transfers", balances.posted),
    Invariant("I2", "over all accounts the transfers sum to zero", balances.zero_sum),
    Invariant("I3", "sequences have no gaps and balances follow", chain.sequences),
    Invariant("I4", "nothing below the floor, nothing held below zero", balances.floors),
    Invariant("I5", "held is the sum of the open requests", balances.holds),
    Invariant("I6", "each closed request has exactly one end", requests.ends),
    Invariant("I7", "nothing is charged beyond its hold", requests.within_hold),
    Invariant("I8", "tokens times the pinned price is the charge, everywhere", requests.prices),
    Invariant("I9", "one charge for an idempotency key", requests.idempotency),
    Invariant("I10", "grants add up, begin when promised and were spent in order", _grants),
    Invariant("I11", "nothing is spent from a grant after its expiry", spending.expiry),
    Invariant("I12", "top-ups less refunds and disputes are what moved", stripe.sums),
    Invariant("I13", "each of Stripe's objects has at most one effect", stripe.single_effects),
    Invariant("I14", "the hash chain is unbroken", chain.hashes),
    Invariant("I16", "what handled events say is in the books", stripe.events),
    Invariant("I17", "the days of keys are the requests, no key over its limit", counters.keys),
    Invariant("I18", "minutes, hours, days, requests and ledger agree", _usage),
    Invariant("I19", "no hold and no idempotency row is forgotten", requests.forgotten),
    Invariant("I20", "operators' acts did what was agreed, once, and no other", operators.acts),
)


def prove() -> list[Finding]:
    """Check everything on one snapshot of the database."""
    with _snapshot():
        return [Finding(i.id, i.title, i.check()) for i in INVARIANTS]


@contextmanager
def _snapshot() -> Iterator[None]:
    with _only_reading(), transaction.atomic():
        if connection.vendor == "postgresql" and len(connection.atomic_blocks) == 1:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                cursor.execute("SET LOCAL statement_timeout = 0")
        yield


@contextmanager
def _only_reading() -> Iterator[None]:
    """SQLite's transactions begin with the lock of writers, which everybody would wait for."""
    if connection.vendor != "sqlite":
        yield
        return
    wrapper: Any = connection
    wrapper.ensure_connection()  # which reads how transactions begin
    usual, wrapper.transaction_mode = wrapper.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        wrapper.transaction_mode = usual
