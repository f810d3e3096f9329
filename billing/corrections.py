"""Operators' changes to a balance: always a transfer, always with a reason, never an edit."""

from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.money import CREDITS_MAX_NANO, credits_text
from billing import grants
from billing.grants import NewGrant, current_books
from billing.ledger import Books, with_accounts
from billing.models import Account, Grant, Transfer

# What an operator can give: the ledger's kind and where it comes from.
_SOURCES = {
    Grant.Kind.ADJUSTMENT: (Transfer.Kind.ADJUSTMENT, Account.System.ADJUSTMENTS),
    Grant.Kind.PROMOTIONAL: (Transfer.Kind.GRANT, Account.System.PROMOTIONS),
}
PRIORITY = 100  # of credit for which nobody says anything else


@dataclass(frozen=True, slots=True)
class Correction:
    """A signed amount of nano-credits. ``token`` names the operator's one intention: a form
    that is sent twice has the same token and moves credit once.

    ``kind``, ``priority`` and ``expires_at`` are of the grant, where credit is given.
    ``asked_by`` is who asked for it, where ``actor`` agreed.
    """

    team: Team
    amount: int
    reason: str
    actor: Actor
    token: str
    kind: Grant.Kind = Grant.Kind.ADJUSTMENT
    priority: int = PRIORITY
    expires_at: datetime | None = None
    asked_by: str = ""


def correct(correction: Correction) -> None:
    """Give or take credit. Raises ``ValueError`` without a reason or beyond what is available."""
    with_accounts(lambda: _correct(correction))


def _correct(correction: Correction) -> None:
    with current_books([correction.team.id]) as books:
        book(books, correction)


def book(books: Books, correction: Correction) -> None:
    """``correct`` in an open transaction; the same token again moves nothing."""
    check(books, correction)
    reference = f"correction:{correction.token}"
    if Transfer.objects.filter(reference=reference).exists():
        return
    if correction.amount > 0:
        grants.add(books, _new_grant(correction, reference))
    else:
        _take(books, correction, reference)
    audit.record(
        "credit.corrected",
        team=correction.team,
        actor=correction.actor,
        target=correction.team.id,
        data=_facts(correction),
    )


def check(books: Books, correction: Correction) -> None:
    """Raises ``ValueError`` for what could not be booked now."""
    if not correction.reason.strip():
        raise ValueError("a correction needs a reason")
    if not correction.amount:
        raise ValueError("a correction moves something")
    if correction.kind not in _SOURCES:
        raise ValueError(f"an operator gives no {correction.kind} credit")
    if correction.amount < 0 and correction.kind != Grant.Kind.ADJUSTMENT:
        raise ValueError("a gift gives credit; an adjustment can take it")
    if correction.expires_at is not None and correction.expires_at <= books.now:
        raise ValueError("a grant must expire in the future")


def check_available(books: Books, correction: Correction) -> None:
    """Raises ``ValueError`` for more than is there: the floor and what requests hold stay. And for
    more than an account can hold.
    """
    account = books.accounts[correction.team.id]
    if account.posted + correction.amount > CREDITS_MAX_NANO:
        raise ValueError("no account can hold that much")
    available = account.available
    if -correction.amount > available:
        raise ValueError(
            f"{credits_text(available)} credits are available; "
            f"{credits_text(-correction.amount)} cannot be taken"
        )


def _facts(correction: Correction) -> dict[str, object]:
    facts: dict[str, object] = {
        "credits": credits_text(correction.amount),
        "reason": correction.reason,
    }
    if correction.kind != Grant.Kind.ADJUSTMENT:
        facts["kind"] = str(correction.kind)
    if correction.expires_at is not None:
        facts["expires_at"] = correction.expires_at.isoformat()
    if correction.asked_by:
        facts["asked_by"] = correction.asked_by
    return facts


def _new_grant(correction: Correction, reference: str) -> NewGrant:
    transfer_kind, other = _SOURCES[correction.kind]
    return NewGrant(
        correction.team.id,
        correction.amount,
        correction.kind,
        transfer_kind,
        other,
        reference,
        note=correction.reason,
        expires_at=correction.expires_at,
        priority=correction.priority,
    )


def _take(books: Books, correction: Correction, reference: str) -> None:
    account = books.accounts[correction.team.id]
    amount = -correction.amount
    check_available(books, correction)
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
