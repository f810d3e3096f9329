"""Grants: credit received, what is left of it, in which order it is spent, when it lapses."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Sum

from accounts.actors import Actor, system_actor
from aurous.kernel.clock import as_utc
from aurous.kernel.ids import new_id
from aurous.kernel.money import CREDITS_MAX_NANO
from aurous.kernel.rowset import insert_rows, payload, source
from billing import scheduled
from billing.ledger import Books, locked_books, with_accounts
from billing.models import Account, Grant, ScheduledGrant, Transfer, hold_model
from billing.standing import Standing

_NEVER = datetime.max.replace(tzinfo=UTC)
PRIORITY_DEFAULT, PRIORITY_MAX = 100, 1_000
_OURSELVES = system_actor("billing")
_KIND_RANK = {Grant.Kind.PROMOTIONAL: 0, Grant.Kind.ADJUSTMENT: 1, Grant.Kind.PURCHASED: 2}


@dataclass(slots=True)
class Left:
    """A grant with something left, as far as spending it needs."""

    id: str
    account_id: str
    kind: str
    remaining: int
    priority: int
    effective_at: datetime
    expires_at: datetime | None

    def lapsed(self, moment: datetime) -> bool:
        """Whether it had expired at that moment."""
        return self.expires_at is not None and self.expires_at <= moment

    def usable(self, held_at: datetime) -> bool:
        """Whether a hold taken at that moment may spend from it.

        A grant younger than the hold may: a request that was let in later may already have spent
        the older grants, and every hold must find what it was promised.
        """
        return not self.lapsed(held_at)


def spending_key(grant: Left, recorded_at: datetime) -> tuple[Any, ...]:
    """The order of spending: priority, soonest expiry, promotional before purchased, oldest.

    Grants that lapsed while they were held come before all, the first to lapse first: only holds
    older than its expiry may still use one, and what they leave lapses. In any other order an
    older hold could empty the only grant that a younger one may use.
    """
    expires_at = grant.expires_at or _NEVER
    lapsed = grant.lapsed(recorded_at)
    return (
        (0, expires_at, 0) if lapsed else (1, grant.priority, expires_at),
        _KIND_RANK[Grant.Kind(grant.kind)],
        grant.effective_at,
        grant.id,
    )


def spend(
    grants: Iterable[Left],
    amount: int,
    *,
    held_at: datetime,
    recorded_at: datetime,
    first: str | None = None,
) -> dict[str, int]:
    """Take an amount from grants in order; changes ``remaining`` and returns what each gave.

    ``first`` is asked before all others: a refund begins with the credit that its money bought.
    Raises ``ArithmeticError`` where they do not hold enough: the hold promised that they do.
    """
    taken: dict[str, int] = {}
    for grant in sorted(grants, key=lambda g: (g.id != first, spending_key(g, recorded_at))):
        if not amount:
            break
        part = min(amount, grant.remaining) if grant.usable(held_at) else 0
        if part:
            grant.remaining -= part
            amount -= part
            taken[grant.id] = part
    if amount:
        raise ArithmeticError(f"the grants are {amount} nano-credits short")
    return taken


def live(account_ids: Collection[str]) -> dict[str, list[Left]]:
    """The grants with something left, by account."""
    by_account: dict[str, list[Left]] = defaultdict(list)
    marks = ", ".join(["%s"] * len(account_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, account_id, kind, remaining, priority, effective_at, expires_at "
            f"FROM billing_grant WHERE remaining > 0 AND account_id IN ({marks})",
            list(account_ids),
        )
        for *head, effective_at, expires_at in cursor.fetchall():
            expiry = None if expires_at is None else as_utc(expires_at)
            id_, account_id, kind, remaining, priority = head
            effective = as_utc(effective_at)
            left = Left(id_, account_id, kind, remaining, priority, effective, expiry)
            by_account[left.account_id].append(left)
    return by_account


def write_remaining(grants: Collection[Left]) -> None:
    """Store what is left of these grants, in one statement."""
    if not grants:
        return
    columns = {"id": "text", "remaining": "bigint"}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_grant AS g SET remaining = r.remaining "
            f"FROM {source(connection.vendor, columns)} WHERE g.id = r.id",
            [payload({"id": g.id, "remaining": g.remaining} for g in grants)],
        )


def next_expiry(grants: Iterable[Left]) -> datetime | None:
    """The soonest expiry among grants with something left."""
    return min((g.expires_at for g in grants if g.remaining and g.expires_at), default=None)


@contextmanager
def current_books(team_ids: Collection[str], *, pipelining: bool = False) -> Iterator[Books]:
    """``locked_books`` in which everything that has begun or lapsed is booked, so that ``posted``
    is right to the moment although no job ran.
    """
    with locked_books(team_ids, pipelining=pipelining) as books:
        for account in books.accounts.values():
            if account.next_grant_at is not None and account.next_grant_at <= books.now:
                _begin_grants(books, account)
            if account.next_expiry_at is not None and account.next_expiry_at <= books.now:
                _book_expiries(books, account)
        yield books


def _begin_grants(books: Books, account: Standing) -> None:
    """Promised credit whose time has come is posted; what expired since then expires next."""
    for row in scheduled.due(account.id, books.now):
        if account.posted + row.amount > CREDITS_MAX_NANO:
            continue  # waits until there is room; to raise would stop all of the team's money
        new = NewGrant(
            account.id,
            row.amount,
            Grant.Kind(row.kind),
            Transfer.Kind(row.transfer_kind),
            Account.System(row.other),
            row.reference,
            note=row.note,
            expires_at=row.expires_at,
            priority=row.priority,
            effective_at=row.effective_at,
        )
        scheduled.has_begun(row, add(books, new))
    account.next_grant_at = scheduled.next_start(account.id)


def _book_expiries(books: Books, account: Standing) -> None:
    """Take back what has lapsed, less what requests held before the expiry may still need."""
    grants = live([account.id])[account.id]
    reserved = 0
    changed = []
    lapsed = [g for g in grants if g.lapsed(books.now)]
    for grant in sorted(lapsed, key=lambda g: (g.expires_at, g.id)):
        keep = min(grant.remaining, max(0, _held_before(account.id, grant.expires_at) - reserved))
        reserved += keep
        if grant.remaining > keep:
            _expire(books, account, grant, grant.remaining - keep)
            changed.append(grant)
    write_remaining(changed)
    account.next_expiry_at = next_expiry(grants)


def _held_before(account_id: str, moment: datetime | None) -> int:
    rows = hold_model()._default_manager.filter(
        team_id=account_id, ended_at=None, created_at__lt=moment
    )
    total: int | None = rows.aggregate(total=Sum("held"))["total"]
    return total or 0


def _expire(books: Books, account: Standing, grant: Left, amount: int) -> None:
    grant.remaining -= amount
    books.post(
        Transfer.Kind.EXPIRY,
        account.id,
        -amount,
        other=Account.System.BREAKAGE,
        # What a running request left behind lapses later: the account's own count tells them apart.
        reference=f"expiry:{grant.id}:{account.sequence + 1}",
        occurred_at=books.now,
        note=f"Grant {grant.id} expired",
    )


@dataclass(frozen=True, slots=True)
class NewGrant:
    """Credit to give: nano-credits, the ledger's kind and where it comes from.

    With an ``effective_at`` to come it is scheduled: ``actor`` is who promised it.
    """

    team_id: str
    amount: int
    kind: Grant.Kind
    transfer_kind: Transfer.Kind
    other: Account.System
    reference: str  # the business object; the same one again gives nothing
    note: str = ""
    expires_at: datetime | None = None
    priority: int = PRIORITY_DEFAULT
    effective_at: datetime | None = None  # None: now
    actor: Actor = _OURSELVES


def give(new: NewGrant) -> str:
    """Credit a team once: returns the id of the grant, or of the scheduled grant where it begins
    later; the first one's if the reference was used.
    """
    return with_accounts(lambda: _give(new))


def _give(new: NewGrant) -> str:
    if new.amount <= 0:
        raise ValueError("a grant gives more than nothing")
    with current_books([new.team_id]) as books:
        earlier = Grant.objects.filter(transfer__reference=new.reference).first()
        if earlier is not None:
            return str(earlier.id)
        promised = ScheduledGrant.objects.filter(reference=new.reference).first()
        return receive(books, new) if promised is None else promised.pk


def receive(books: Books, new: NewGrant) -> str:
    """Give credit in an open transaction: now, or as a promise where it begins later.

    A beginning that has passed is now. Raises ``ValueError`` for dates or a priority that make
    no sense.
    """
    if not 0 <= new.priority <= PRIORITY_MAX:
        raise ValueError(f"a priority is a number from 0 to {PRIORITY_MAX}")
    if new.effective_at is None or new.effective_at <= books.now:
        return add(books, replace(new, effective_at=None))
    if new.expires_at is not None and new.expires_at <= new.effective_at:
        raise ValueError("a grant must expire after it begins")
    return scheduled.plan(books, new)


def add(books: Books, new: NewGrant) -> str:
    """Post the credit and its grant in an open transaction; returns the grant's id."""
    begins = new.effective_at or books.now
    if begins > books.now:
        raise ValueError("credit that begins later is not posted now")
    if new.expires_at is not None and new.expires_at <= begins:
        raise ValueError("a grant must expire in the future")
    account = books.accounts[new.team_id]
    transfer_id = books.post(
        new.transfer_kind,
        new.team_id,
        new.amount,
        other=new.other,
        reference=new.reference,
        occurred_at=begins,
        note=new.note,
    )
    books.flush_transfers()
    row = {
        "id": new_id("grant"),
        "account_id": new.team_id,
        "transfer_id": transfer_id,
        "kind": new.kind.value,
        "amount": new.amount,
        "remaining": new.amount,
        "priority": new.priority,
        "effective_at": begins,
        "expires_at": new.expires_at,
    }
    insert_rows(connection, Grant, [row])
    if new.expires_at is not None:
        account.next_expiry_at = min(account.next_expiry_at or _NEVER, new.expires_at)
    return str(row["id"])
