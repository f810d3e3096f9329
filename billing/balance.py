"""What a team has: one question, right to the moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from aurous.kernel.clock import as_utc, database_now
from aurous.kernel.locks import with_retries
from billing.grants import Left, current_books, spending_key


@dataclass(frozen=True, slots=True)
class GrantLeft:
    """A grant with something left: nano-credits and when they lapse."""

    id: str
    kind: str
    remaining: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Balance:
    """Nano-credits; ``grants`` in the order in which they will be spent."""

    posted: int
    held: int
    available: int
    grants: list[GrantLeft]


def balance_of(team_id: str) -> Balance:
    """The balance now: what has begun or lapsed is booked first. A new team has nothing."""
    rows = _read(team_id)
    now = database_now(connection)
    due = [as_utc(moment) for moment in (rows[0][3:5] if rows else ()) if moment is not None]
    if due and min(due) <= now:
        with_retries(lambda: _bring_up_to_date(team_id))
        rows = _read(team_id)
    if not rows:
        return Balance(0, 0, 0, [])
    posted, held, floor = rows[0][:3]
    left = sorted(
        (_left(team_id, row[5:]) for row in rows if row[5] is not None),
        key=lambda grant: spending_key(grant, now),
    )
    grants = [GrantLeft(g.id, g.kind, g.remaining, g.expires_at) for g in left]
    return Balance(posted, held, posted - held - floor, grants)


def _read(team_id: str) -> list[tuple[Any, ...]]:
    """The account beside each of its grants: one statement, so that the two always agree."""
    sql = (
        "SELECT a.posted, a.held, a.floor, a.next_expiry_at, a.next_grant_at, g.id, g.kind, "
        "g.remaining, g.priority, g.effective_at, g.expires_at "
        "FROM billing_account a LEFT JOIN billing_grant g "
        "ON g.account_id = a.id AND g.remaining > 0 WHERE a.id = %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [team_id])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _left(team_id: str, row: tuple[Any, ...]) -> Left:
    id_, kind, remaining, priority, effective_at, expires_at = row
    expiry = None if expires_at is None else as_utc(expires_at)
    return Left(id_, team_id, kind, remaining, priority, as_utc(effective_at), expiry)


def _bring_up_to_date(team_id: str) -> None:
    with current_books([team_id]):
        pass  # opening the books is what books beginnings and expiries
