"""The ledger: the only writer of transfers and of the numbers on accounts.

    with locked_books(["team_…"]) as books:
        books.post(Transfer.Kind.GRANT, "team_…", 5 * NANO_PER_CREDIT, ...)

``locked_books`` is one durable transaction: it locks the accounts, lets the caller post against
working copies, and writes everything in two statements when the block ends well.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, transaction

from aurous.kernel.clock import NOW_SQL, as_utc
from aurous.kernel.ids import new_id
from aurous.kernel.locks import lock_rows, with_retries
from aurous.kernel.money import CREDITS_MAX_NANO
from aurous.kernel.pipeline import pipelined
from aurous.kernel.rowset import insert_rows, payload, source
from billing import alerts
from billing.chain import chain_hash
from billing.models import Account, Transfer
from billing.models.transfers import NOTE_CHARACTERS_MAX
from billing.standing import Standing
from billing.webhooks import outbox
from billing.webhooks.event_types import EventType
from billing.webhooks.outbox import NewEvent, amount_json

R = TypeVar("R")
_COLUMNS = (
    "id",
    "posted",
    "held",
    "floor",
    "open_count",
    "sequence",
    "chain_hash",
    "low_balance",
    "low_told",
    "exhausted_told",
    "next_expiry_at",
    "next_grant_at",
)


@dataclass(frozen=True, slots=True)
class _Before:
    posted: int
    held: int
    open_count: int
    next_grant_at: datetime | None


class AccountMissing(LookupError):  # noqa: N818 - a finding, not a failure
    """These teams have no account yet."""

    def __init__(self, team_ids: set[str]) -> None:
        super().__init__(f"no account for {', '.join(sorted(team_ids))}")
        self.team_ids = team_ids


class Books:
    """The locked accounts of one transaction. ``now`` is the database's clock after the lock."""

    def __init__(self, accounts: dict[str, Standing], now: datetime) -> None:
        self.accounts = accounts
        self.now = now
        self._before = {
            a.id: _Before(a.posted, a.held, a.open_count, a.next_grant_at)
            for a in accounts.values()
        }
        self._transfers: list[dict[str, Any]] = []
        self._events: list[NewEvent] = []

    def tell(self, event: NewEvent) -> None:
        """Put an event into the outbox when the block ends well."""
        self._events.append(event)

    def post(
        self,
        kind: Transfer.Kind,
        account_id: str,
        amount: int,
        *,
        other: Account.System,
        reference: str,
        occurred_at: datetime,
        request_id: str | None = None,
        note: str = "",
    ) -> str:
        """Move ``amount`` nano-credits: positive into the team's account, negative out of it.

        Returns the transfer's id. Raises ``ValueError`` for zero (nothing moved is no transfer),
        for a note too long to keep, for more credit than a bigint counts and for a reference of
        more than one line, which the chain could not tell from the field after it.
        """
        _check(amount, reference, note)
        account = self.accounts[account_id]
        if account.posted + amount > CREDITS_MAX_NANO:
            raise ValueError("that is more credit than an account can hold")
        account.posted += amount
        account.sequence += 1
        debit, credit = (other.value, account_id) if amount > 0 else (account_id, other.value)
        row: dict[str, Any] = {
            "id": new_id("tr"),
            "debit_id": debit,
            "credit_id": credit,
            "amount": abs(amount),
            "kind": kind.value,
            "reference": reference,
            "account_id": account_id,
            "sequence": account.sequence,
            "balance_after": account.posted,
            "request_id": request_id,
            "note": note,
            "occurred_at": occurred_at,
            "recorded_at": self.now,
        }
        account.chain_hash = row["hash"] = chain_hash(account.chain_hash, row)
        self._transfers.append(row)
        if alerts.comes_in(kind, amount):
            account.money_came_in = True
        if kind is Transfer.Kind.TOP_UP and amount > 0:
            self.tell(_topped_up(row))
        return str(row["id"])

    def flush_transfers(self) -> None:
        """Write the transfers posted so far, so that rows can refer to them."""
        rows, self._transfers = self._transfers, []
        insert_rows(connection, Transfer, rows)

    def write(self) -> None:
        """Write what is left. The numbers go in as differences, so that the CHECKs of the
        database judge the sum even if somebody got past the lock.
        """
        self.flush_transfers()
        for account in self.accounts.values():
            self._events += alerts.notices(account, self._before[account.id].posted)
        outbox.write(self._events, self.now)
        columns = {
            "id": "text",
            "posted": "bigint",
            "held": "bigint",
            "open_count": "bigint",
            "sequence": "bigint",
            "chain_hash": "text",
            "low_told": "boolean",
            "exhausted_told": "boolean",
            "next_expiry_at": "timestamptz",
        }
        rows = [self._difference(account) for account in self.accounts.values()]
        sql = (
            f"UPDATE billing_account AS a SET posted = a.posted + r.posted, "
            f"held = a.held + r.held, open_count = a.open_count + r.open_count, "
            f"sequence = r.sequence, chain_hash = r.chain_hash, low_told = r.low_told, "
            f"exhausted_told = r.exhausted_told, next_expiry_at = r.next_expiry_at "
            f"FROM {source(connection.vendor, columns)} WHERE a.id = r.id"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [payload(rows)])
        for account in self.accounts.values():
            self._write_next_grant(account)

    def _write_next_grant(self, account: Standing) -> None:
        """In a statement of its own: it changes with a scheduled grant and with nothing else."""
        if account.next_grant_at != self._before[account.id].next_grant_at:
            rows = Account.objects.filter(pk=account.id)
            rows.update(next_grant_at=account.next_grant_at)

    def _difference(self, account: Standing) -> dict[str, Any]:
        before = self._before[account.id]
        return {
            "id": account.id,
            "posted": account.posted - before.posted,
            "held": account.held - before.held,
            "open_count": account.open_count - before.open_count,
            "sequence": account.sequence,
            "chain_hash": account.chain_hash,
            "low_told": account.low_told,
            "exhausted_told": account.exhausted_told,
            "next_expiry_at": account.next_expiry_at,
        }


def _check(amount: int, reference: str, note: str) -> None:
    if not amount:
        raise ValueError("a transfer moves something")
    if len(note) > NOTE_CHARACTERS_MAX:
        raise ValueError(f"a reason has at most {NOTE_CHARACTERS_MAX} characters")
    if "\n" in reference:
        raise ValueError("a reference is one line")


@contextmanager
def locked_books(team_ids: Collection[str], *, pipelining: bool = False) -> Iterator[Books]:
    """One durable transaction over these teams' accounts; writes when the block ends well.

    ``pipelining`` sends statements without waiting for each one's answer. It is for blocks that
    look at no ``rowcount``, which is unknown until an answer is fetched.
    """
    with transaction.atomic(durable=True), pipelined(connection) if pipelining else nullcontext():
        books = _lock(set(team_ids))
        yield books
        books.write()


def _lock(team_ids: set[str]) -> Books:
    rows = lock_rows(Account, team_ids, [*_COLUMNS, NOW_SQL[connection.vendor]])
    missing = team_ids - {row[0] for row in rows}
    if missing:
        raise AccountMissing(missing)
    accounts = {row[0]: _standing(row) for row in rows}
    # Every row tells the time; the last one was read when all locks were had.
    return Books(accounts, max(as_utc(row[-1]) for row in rows))


def _standing(row: tuple[Any, ...]) -> Standing:
    known = dict(zip(_COLUMNS, row[:-1], strict=True))
    for moment in ("next_expiry_at", "next_grant_at"):
        known[moment] = known[moment] and as_utc(known[moment])
    for flag in ("low_told", "exhausted_told"):  # SQLite has numbers for them
        known[flag] = bool(known[flag])
    return Standing(**known)


def with_accounts(operation: Callable[[], R]) -> R:
    """``with_retries``, for operations that may be the first one of a team: opens its account."""
    try:
        return with_retries(operation)
    except AccountMissing as missing:
        for team_id in sorted(missing.team_ids):
            open_account(team_id)
        return with_retries(operation)


def _topped_up(row: dict[str, Any]) -> NewEvent:
    data = {
        "object": "top_up",
        "id": row["id"],
        "amount": amount_json(row["amount"]),
        "balance_after": amount_json(row["balance_after"]),
        "reference": row["reference"],
        "created_at": row["recorded_at"],
    }
    return NewEvent(row["account_id"], EventType.TOPUP_SUCCEEDED, data)


def set_low_balance(team_id: str, threshold: int | None) -> None:
    """Change under how many nano-credits a team's balance is low: None is the default, 0 never.

    A new threshold can be crossed anew. To be below it already is no crossing.
    """
    Account.objects.filter(id=team_id).update(low_balance=threshold, low_told=False)


def open_account(team_id: str) -> None:
    """Make sure that a team has an account; doing it again changes nothing."""
    Account.objects.bulk_create([Account(id=team_id, team_id=team_id)], ignore_conflicts=True)
