"""What a team has: one question, right to the moment."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from aurous.kernel.clock import database_now
from aurous.kernel.locks import with_retries
from billing.grants import current_books, live, spending_key
from billing.models import Account


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
    """The balance now, with everything that has lapsed booked first."""
    account = Account.objects.get(id=team_id)
    now = database_now(connection)
    if account.next_expiry_at is not None and account.next_expiry_at <= now:
        with_retries(lambda: _book_expiries(team_id))
        account.refresh_from_db()
    left = sorted(live([team_id])[team_id], key=lambda grant: spending_key(grant, now))
    return Balance(
        account.posted,
        account.held,
        account.posted - account.held - account.floor,
        [GrantLeft(g.id, g.kind, g.remaining, g.expires_at) for g in left],
    )


def _book_expiries(team_id: str) -> None:
    with current_books([team_id]):
        pass  # opening the books is what books the expiries
