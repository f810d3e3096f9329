"""The reaper: ends what nobody else will. Safe to run at any time, from several places at once."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import connection
from django.db.models import Q

from accounts import visits
from accounts.claims import abandoned
from accounts.models import IdempotencyClaim
from aurous.kernel.clock import database_now
from aurous.kernel.locks import with_retries
from billing import scheduled
from billing.closing import Closed, End, close
from billing.grants import current_books
from billing.models import Account, HoldStatus, hold_model

BATCH_ROWS_MAX = 500


@dataclass(frozen=True, slots=True)
class Reaped:
    """What one pass did."""

    holds: int
    claims: int
    accounts_with_expiries: int
    accounts_with_beginnings: int
    visits: int = 0


def reap() -> Reaped:
    """One pass: holds past their deadline, claims past their window or left behind by a process
    that died, grants that begin or are past their expiry, operators' looks at dashboards past
    their time.
    """
    holds, claims = _release_overdue(), _drop_lapsed_claims()
    return Reaped(holds, claims, *_book_grants(), visits.end_overdue())


def _release_overdue() -> int:
    released = 0
    while True:
        before = database_now(connection) - timedelta(seconds=settings.HOLD_GRACE_SECONDS)
        overdue = hold_model()._default_manager.filter(ended_at=None, deadline_at__lt=before)
        rows = list(overdue.values_list("id", "team_id")[:BATCH_ROWS_MAX])
        if not rows:
            return released
        ends = [
            End(id_, team_id, HoldStatus.RELEASED, error_code="provider_timeout")
            for id_, team_id in rows
        ]
        closed = sum(isinstance(result, Closed) for result in close(ends))
        released += closed
        if not closed:  # others were quicker; the next pass sees what is left
            return released


def _drop_lapsed_claims() -> int:
    now = database_now(connection)
    window = timedelta(seconds=settings.IDEMPOTENCY_REPLAY_SECONDS)
    lapsed = IdempotencyClaim.objects.filter(Q(completed_at__lt=now - window) | abandoned(now))
    ids = list(lapsed.values_list("id", flat=True)[: BATCH_ROWS_MAX * 10])
    deleted, _ = lapsed.filter(id__in=ids).delete()
    return deleted


def _book_grants() -> tuple[int, int]:
    """The numbers are right without this; it puts the line on the statement of idle teams too."""
    now = database_now(connection)
    expiring = Account.objects.filter(next_expiry_at__lte=now).values_list("id", flat=True)
    lapsed, begun = set(expiring[:BATCH_ROWS_MAX]), set(scheduled.accounts_due(now, BATCH_ROWS_MAX))
    for account_id in sorted(lapsed | begun):
        with_retries(partial(_book, account_id))
    return len(lapsed), len(begun)


def _book(account_id: str) -> None:
    with current_books([account_id]):
        pass  # opening the books is what books beginnings and expiries
