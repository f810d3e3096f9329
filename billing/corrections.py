"""Operators' changes to a balance: always a transfer, always with a reason, never an edit."""

from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.money import credits_text
from billing import grants
from billing.grants import PRIORITY_DEFAULT, NewGrant, current_books
from billing.ledger import Books, with_accounts
from billing.models import Account, Grant, ScheduledGrant, Transfer


@dataclass(frozen=True, slots=True)
class Correction:
    """A signed amount of nano-credits. ``token`` names the operator's one intention: a form
    that is sent twice has the same token and moves credit once.

    What is given may begin later, expire and have a priority; what is taken may not.
    """

    team: Team
    amount: int
    reason: str
    actor: Actor
    token: str
    effective_at: datetime | None = None  # None: now
    expires_at: datetime | None = None
    priority: int = PRIORITY_DEFAULT

    @property
    def reference(self) -> str:
        """What its transfer is called, or the promise of one."""
        return f"correction:{self.token}"


def correct(correction: Correction) -> None:
    """Give or take credit. Raises ``ValueError`` without a reason or beyond what is available."""
    if not correction.reason.strip():
        raise ValueError("a correction needs a reason")
    if not correction.amount:
        raise ValueError("a correction moves something")
    dated = correction.effective_at or correction.expires_at
    if correction.amount < 0 and (dated or correction.priority != PRIORITY_DEFAULT):
        raise ValueError("only credit that is given has dates and a priority")
    with_accounts(lambda: _correct(correction))


def _correct(correction: Correction) -> None:
    with current_books([correction.team.id]) as books:
        if _is_done(correction.reference):
            return
        if correction.amount > 0:
            _give(books, correction)
        else:
            _take(books, correction)
        audit.record(
            "credit.corrected",
            team=correction.team,
            actor=correction.actor,
            target=correction.team.id,
            data={"credits": credits_text(correction.amount), "reason": correction.reason},
        )


def _is_done(reference: str) -> bool:
    return (
        Transfer.objects.filter(reference=reference).exists()
        or ScheduledGrant.objects.filter(reference=reference).exists()
    )


def _give(books: Books, correction: Correction) -> None:
    grants.receive(
        books,
        NewGrant(
            correction.team.id,
            correction.amount,
            Grant.Kind.ADJUSTMENT,
            Transfer.Kind.ADJUSTMENT,
            Account.System.ADJUSTMENTS,
            correction.reference,
            note=correction.reason,
            expires_at=correction.expires_at,
            priority=correction.priority,
            effective_at=correction.effective_at,
            actor=correction.actor,
        ),
    )


def _take(books: Books, correction: Correction) -> None:
    account = books.accounts[correction.team.id]
    amount = -correction.amount
    if amount > account.available:
        raise ValueError(
            f"{credits_text(account.available)} credits are available; "
            f"{credits_text(amount)} cannot be taken"
        )
    left = grants.live([account.id])[account.id]
    grants.spend(left, amount, held_at=books.now, recorded_at=books.now)
    books.post(
        Transfer.Kind.ADJUSTMENT,
        account.id,
        -amount,
        other=Account.System.ADJUSTMENTS,
        reference=correction.reference,
        occurred_at=books.now,
        note=correction.reason,
    )
    grants.write_remaining(left)
    account.next_expiry_at = grants.next_expiry(left)
