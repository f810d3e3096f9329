"""What Stripe says became of refunds and disputes, brought into the books.

By the id of each refund and dispute, never from a charge's cumulative amounts. Effects only move
forward (none, taken, returned), so that an old state that comes late changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from aurous.kernel.ids import new_id
from billing import notices, takings
from billing.amounts import grouped
from billing.gateway.base import Dispute, Refund
from billing.ledger import Books
from billing.models import Reversal, TopUp
from billing.topup_amounts import cents_text

Effect = Reversal.Effect
_RANK = {Effect.NONE: 0, Effect.TAKEN: 1, Effect.RETURNED: 2}
_REFUND_UNDONE = ("failed", "canceled")


@dataclass(frozen=True, slots=True)
class Seen:
    """A refund or a dispute as Stripe has it, with what it shall have done to the books."""

    kind: Reversal.Kind
    stripe_id: str
    amount_cents: int
    status: str
    created_s: int
    effect: Reversal.Effect
    reversal_id: str
    reason: str


def seen(refunds: Iterable[Refund], disputes: Iterable[Dispute]) -> list[Seen]:
    """In the order in which they came about, so that every path takes them in the same one."""
    found = [_refund(one) for one in refunds] + [_dispute(one) for one in disputes]
    return sorted(found, key=lambda one: (one.created_s, one.stripe_id))


def _refund(refund: Refund) -> Seen:
    effect = Effect.RETURNED if refund.status in _REFUND_UNDONE else Effect.TAKEN
    return Seen(
        Reversal.Kind.REFUND,
        refund.id,
        refund.amount_cents,
        refund.status,
        refund.created_s,
        effect,
        refund.reversal_id,
        refund.reason,
    )


def _dispute(dispute: Dispute) -> Seen:
    """An inquiry (``warning_…``) has moved no money: it takes nothing."""
    effect = Effect.TAKEN if dispute.withdrawn else Effect.NONE
    if dispute.reinstated:
        effect = Effect.RETURNED
    return Seen(
        Reversal.Kind.DISPUTE,
        dispute.id,
        dispute.amount_cents,
        dispute.status,
        dispute.created_s,
        effect,
        "",
        dispute.reason,
    )


def are_known(topup: TopUp, wanted: Iterable[Seen]) -> bool:
    """Whether the books say all of it already, or something later."""
    stored = {r.stripe_id: r for r in Reversal.objects.filter(topup=topup)}
    return all(_says(stored.get(one.stripe_id), one) for one in wanted)


def _says(row: Reversal | None, one: Seen) -> bool:
    if row is None:
        return False
    known, told = _RANK[Effect(row.effect)], _RANK[one.effect]
    return known > told or (known == told and row.stripe_status == one.status)


def apply(books: Books, topup: TopUp, wanted: Iterable[Seen]) -> None:
    """Bring each to what Stripe says, in an open transaction. Needs a credited top-up."""
    for one in wanted:
        _advance(books, topup, _row(topup, one), one)


def _row(topup: TopUp, one: Seen) -> Reversal:
    """The row of ours, which may have been there before Stripe gave it an id."""
    ours = Reversal.objects.select_related("topup").filter(topup=topup)
    row = ours.filter(stripe_id=one.stripe_id).first()
    if row is None and one.reversal_id:
        row = ours.filter(pk=one.reversal_id, stripe_id=None).first()
    if row is not None:
        return row
    return Reversal(
        id=new_id("rev"),
        topup=topup,
        kind=one.kind,
        amount_cents=one.amount_cents,
        credits=worth(topup, one.amount_cents),
        reason=one.reason,
        created_at=datetime.fromtimestamp(one.created_s, UTC),
    )


def worth(topup: TopUp, cents: int) -> int:
    """The nano-credits that a part of what was paid has bought, cut to the unit.

    The customer's tax goes back with their money, so it is a share of all that was paid.
    """
    return topup.credits * cents // (topup.paid_cents or topup.amount_cents)


def _advance(books: Books, topup: TopUp, row: Reversal, one: Seen) -> None:
    before = Effect(row.effect)
    row.stripe_id = one.stripe_id
    if _RANK[one.effect] >= _RANK[before]:
        row.stripe_status = one.status
    after = max(before, one.effect, key=_RANK.__getitem__)
    row.effect = after
    _store(row)
    if before is Effect.NONE and after is Effect.TAKEN:
        debt = takings.take(books, row, str(topup.grant_id))
        _tell(books, row, debt)
    elif before is Effect.TAKEN and after is Effect.RETURNED:
        takings.give_back(books, row)
        _tell_of_return(books, row)


def _store(row: Reversal) -> None:
    if row._state.adding:
        row.save(force_insert=True)
    else:
        row.save(update_fields=["stripe_id", "stripe_status", "effect"])


def _tell(books: Books, row: Reversal, debt: int) -> None:
    """The owners hear of every dispute, and of a refund that leaves a debt."""
    if row.kind == Reversal.Kind.REFUND and not debt:
        return
    told = {
        "kind": str(row.kind),
        "amount": cents_text(row.amount_cents),
        "taken": grouped(row.credits - debt),
        "debt": grouped(debt) if debt else "",
    }
    notices.tell(row.topup.team_id, "reversal", told, books.now, mark=f"reversal:{row.id}")


def _tell_of_return(books: Books, row: Reversal) -> None:
    told = {
        "kind": str(row.kind),
        "amount": cents_text(row.amount_cents),
        "returned": grouped(row.credits),
    }
    mark = f"reversal_returned:{row.id}"
    notices.tell(row.topup.team_id, "reversal_returned", told, books.now, mark=mark)
