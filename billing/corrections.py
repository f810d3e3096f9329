"""Operators' changes to a balance: always a transfer, always with a reason, never an edit."""

from dataclasses import dataclass

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.money import credits_text
from billing import grants
from billing.grants import NewGrant, current_books
from billing.ledger import Books, with_accounts
from billing.models import Account, Grant, Transfer


@dataclass(frozen=True, slots=True)
class Correction:
    """A signed amount of nano-credits. ``token`` names the operator's one intention: a form
    that is sent twice has the same token and moves credit once.
    """

    team: Team
    amount: int
    reason: str
    actor: Actor
    token: str


def correct(correction: Correction) -> None:
    """Give or take credit. Raises ``ValueError`` without a reason or beyond what is available."""
    if not correction.reason.strip():
        raise ValueError("a correction needs a reason")
    if not correction.amount:
        raise ValueError("a correction moves something")
    with_accounts(lambda: _correct(correction))


def _correct(correction: Correction) -> None:
    reference = f"correction:{correction.token}"
    with current_books([correction.team.id]) as books:
        if Transfer.objects.filter(reference=reference).exists():
            return
        if correction.amount > 0:
            _give(books, correction, reference)
        else:
            _take(books, correction, reference)
        audit.record(
            "credit.corrected",
            team=correction.team,
            actor=correction.actor,
            target=correction.team.id,
            data={"credits": credits_text(correction.amount), "reason": correction.reason},
        )


def _give(books: Books, correction: Correction, reference: str) -> None:
    grants.add(
        books,
        NewGrant(
            correction.team.id,
            correction.amount,
            Grant.Kind.ADJUSTMENT,
            Transfer.Kind.ADJUSTMENT,
            Account.System.ADJUSTMENTS,
            reference,
            note=correction.reason,
        ),
    )


def _take(books: Books, correction: Correction, reference: str) -> None:
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
        reference=reference,
        occurred_at=books.now,
        note=correction.reason,
    )
    grants.write_remaining(left)
    account.next_expiry_at = grants.next_expiry(left)
