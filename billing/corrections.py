"""Operators' changes to a balance: always a transfer, always with a reason, never an edit."""

from dataclasses import dataclass
from datetime import datetime

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.money import CREDITS_MAX_NANO, credits_text
from billing import grants
from billing.grants import PRIORITY_DEFAULT, NewGrant, current_books
from billing.ledger import Books, with_accounts
from billing.models import Account, Grant, ScheduledGrant, Transfer

# What an operator can give: the ledger's kind and where it comes from.
_SOURCES = {
    Grant.Kind.ADJUSTMENT: (Transfer.Kind.ADJUSTMENT, Account.System.ADJUSTMENTS),
    Grant.Kind.PROMOTIONAL: (Transfer.Kind.GRANT, Account.System.PROMOTIONS),
}


@dataclass(frozen=True, slots=True)
class Correction:
    """A signed amount of nano-credits. ``token`` names the operator's one intention: a form
    that is sent twice has the same token and moves credit once.

    What is given may begin later, expire and have a priority; what is taken may not. ``asked_by``
    is who asked for it, where ``actor`` agreed.
    """

    team: Team
    amount: int
    reason: str
    actor: Actor
    token: str
    effective_at: datetime | None = None  # None: now
    expires_at: datetime | None = None
    priority: int = PRIORITY_DEFAULT
    kind: Grant.Kind = Grant.Kind.ADJUSTMENT
    asked_by: str = ""

    @property
    def reference(self) -> str:
        """What its transfer is called, or the promise of one."""
        return f"correction:{self.token}"


def correct(correction: Correction) -> None:
    """Give or take credit. Raises ``ValueError`` without a reason or beyond what is available."""
    with_accounts(lambda: _correct(correction))


def _correct(correction: Correction) -> None:
    with current_books([correction.team.id]) as books:
        book(books, correction)


def book(books: Books, correction: Correction) -> None:
    """``correct`` in an open transaction; the same token again moves nothing."""
    check(books, correction)
    if _is_done(correction.reference):
        return
    if correction.amount > 0:
        grants.receive(books, _new_grant(correction))
    else:
        _take(books, correction)
    audit.record(
        "credit.corrected",
        team=correction.team,
        actor=correction.actor,
        target=correction.team.id,
        data=_facts(correction),
    )


def _is_done(reference: str) -> bool:
    return (
        Transfer.objects.filter(reference=reference).exists()
        or ScheduledGrant.objects.filter(reference=reference).exists()
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
    dated = correction.effective_at or correction.expires_at
    if correction.amount < 0 and (dated or correction.priority != PRIORITY_DEFAULT):
        raise ValueError("only credit that is given has dates and a priority")
    begins = max(correction.effective_at or books.now, books.now)
    if correction.expires_at is not None and correction.expires_at <= begins:
        late = "after it begins" if begins > books.now else "in the future"
        raise ValueError(f"a grant must expire {late}")


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
    for name in ("effective_at", "expires_at"):
        moment: datetime | None = getattr(correction, name)
        if moment is not None:
            facts[name] = moment.isoformat()
    if correction.asked_by:
        facts["asked_by"] = correction.asked_by
    return facts


def _new_grant(correction: Correction) -> NewGrant:
    transfer_kind, other = _SOURCES[correction.kind]
    return NewGrant(
        correction.team.id,
        correction.amount,
        correction.kind,
        transfer_kind,
        other,
        correction.reference,
        note=correction.reason,
        expires_at=correction.expires_at,
        priority=correction.priority,
        effective_at=correction.effective_at,
        actor=correction.actor,
    )


def _take(books: Books, correction: Correction) -> None:
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
        reference=correction.reference,
        occurred_at=books.now,
        note=correction.reason,
    )
    grants.write_remaining(left)
    account.next_expiry_at = grants.next_expiry(left)
