"""Rows of credit that begins later: the only writer of them. What they become is in ``grants``."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Min, QuerySet, Sum

from accounts import audit
from aurous.kernel.ids import new_id
from aurous.kernel.money import CREDITS_MAX_NANO, credits_text
from billing.ledger import Books
from billing.models import ScheduledGrant

if TYPE_CHECKING:
    from billing.grants import NewGrant


def waiting(account_id: str) -> QuerySet[ScheduledGrant]:
    """What has neither begun nor been cancelled, in the order in which it begins."""
    rows = ScheduledGrant.objects.filter(account_id=account_id, grant=None, cancelled_at=None)
    return rows.order_by("effective_at", "id")


def due(account_id: str, now: datetime) -> list[ScheduledGrant]:
    """What has to begin, in order."""
    return list(waiting(account_id).filter(effective_at__lte=now))


def accounts_due(now: datetime, rows_max: int) -> list[str]:
    """Accounts with something that has to begin. Reads only what waits, not all accounts."""
    rows = ScheduledGrant.objects.filter(grant=None, cancelled_at=None, effective_at__lte=now)
    return list(rows.values_list("account_id", flat=True).order_by().distinct()[:rows_max])


def next_start(account_id: str) -> datetime | None:
    """When the next of what waits begins."""
    found: datetime | None = waiting(account_id).aggregate(at=Min("effective_at"))["at"]
    return found


def plan(books: Books, new: "NewGrant") -> str:
    """Promise credit in an open transaction; returns the scheduled grant's id.

    Raises ``ValueError`` for more than the account could hold together with what it has.
    """
    assert new.effective_at is not None
    account = books.accounts[new.team_id]
    promised = waiting(new.team_id).aggregate(total=Sum("amount"))["total"] or 0
    if account.posted + promised + new.amount > CREDITS_MAX_NANO:
        raise ValueError("that is more credit than an account can hold")
    row = ScheduledGrant.objects.create(
        id=new_id("sgr"),
        account_id=new.team_id,
        amount=new.amount,
        kind=new.kind,
        transfer_kind=new.transfer_kind,
        other=new.other,
        reference=new.reference,
        note=new.note,
        priority=new.priority,
        effective_at=new.effective_at,
        expires_at=new.expires_at,
        made_by=new.actor.label,
        created_at=books.now,
    )
    data = {
        "credits": credits_text(new.amount),
        "effective_at": new.effective_at.isoformat(),
        "expires_at": new.expires_at and new.expires_at.isoformat(),
        "reason": new.note,
    }
    audit.record("grant.scheduled", team=new.team_id, actor=new.actor, target=row.pk, data=data)
    begins = account.next_grant_at
    account.next_grant_at = min(begins, new.effective_at) if begins else new.effective_at
    return row.pk


def has_begun(row: ScheduledGrant, grant_id: str) -> None:
    """Say which grant it became. The caller has the account's lock."""
    ScheduledGrant.objects.filter(pk=row.pk, cancelled_at=None).update(grant_id=grant_id)


def is_cancelled(row: ScheduledGrant, now: datetime) -> None:
    """Say that it never begins. The caller has the account's lock."""
    ScheduledGrant.objects.filter(pk=row.pk, grant=None).update(cancelled_at=now)
