"""Credit that is taken because its money went back, and the debt where it had been spent."""

from aurous.kernel.ids import new_id
from billing import grants
from billing.grants import NewGrant
from billing.ledger import Books
from billing.models import Account, Debt, Grant, Reversal, ReversalTransfer, Transfer

_OTHER = Account.System.REFUNDS


def take(books: Books, reversal: Reversal, grant_id: str) -> int:
    """Take what the reversal is worth, beginning with the credit that its money had bought.

    What requests hold and what is below the floor is not taken; it becomes a debt, whose amount
    is returned (nano-credits, 0 for none).
    """
    team_id = reversal.topup.team_id
    amount = min(reversal.credits, _takable(books, team_id))
    if amount:
        _post_out(books, reversal, amount, reference=_reference(reversal), grant_id=grant_id)
    debt = reversal.credits - amount
    if debt:
        Debt.objects.create(
            id=new_id("debt"),
            reversal=reversal,
            team_id=team_id,
            amount=debt,
            remaining=debt,
        )
    return debt


def give_back(books: Books, reversal: Reversal) -> None:
    """Undo a taking: what is still owed for it is owed no more, the rest is credit again."""
    owed = 0
    debt = Debt.objects.filter(reversal=reversal).first()
    if debt is not None:
        owed, debt.remaining = debt.remaining, 0
        debt.save(update_fields=["remaining"])
    amount = reversal.credits - owed
    if not amount:
        return
    team_id = reversal.topup.team_id
    grant_id = grants.add(
        books,
        NewGrant(
            team_id,
            amount,
            Grant.Kind.PURCHASED,
            _kind(reversal),
            _OTHER,
            f"{_reference(reversal)}:returned",
            note=f"{reversal.kind} {reversal.stripe_id} was undone",
        ),
    )
    transfer_id = Grant.objects.values_list("transfer_id", flat=True).get(pk=grant_id)
    ReversalTransfer.objects.create(transfer_id=transfer_id, reversal=reversal)
    pay_debts(books, team_id, grant_id, amount)


def pay_debts(books: Books, team_id: str, grant_id: str, at_most: int) -> int:
    """What a team owes is paid from credit that just came in, the oldest debt first; returns how
    many nano-credits that took.
    """
    left = at_most
    debts = Debt.objects.filter(team_id=team_id, remaining__gt=0).select_related("reversal__topup")
    for debt in debts.order_by("id"):
        amount = min(debt.remaining, left, _takable(books, team_id))
        if not amount:
            break
        left -= amount
        debt.remaining -= amount
        debt.save(update_fields=["remaining"])
        reference = f"debt:{debt.id}:{grant_id}"
        _post_out(books, debt.reversal, amount, reference=reference, grant_id=grant_id)
    return at_most - left


def _takable(books: Books, team_id: str) -> int:
    """Down to the floor, never from what requests hold, and not more than there is."""
    there = sum(g.remaining for g in grants.live([team_id])[team_id] if g.usable(books.now))
    return max(0, min(books.accounts[team_id].available, there))


def _post_out(
    books: Books, reversal: Reversal, amount: int, *, reference: str, grant_id: str
) -> None:
    team_id = reversal.topup.team_id
    left = grants.live([team_id])[team_id]
    grants.spend(left, amount, held_at=books.now, recorded_at=books.now, first=grant_id)
    transfer_id = books.post(
        _kind(reversal),
        team_id,
        -amount,
        other=_OTHER,
        reference=reference,
        occurred_at=books.now,
        note=f"{reversal.kind} {reversal.stripe_id} of {reversal.topup_id}",
    )
    books.flush_transfers()
    grants.write_remaining(left)
    books.accounts[team_id].next_expiry_at = grants.next_expiry(left)
    ReversalTransfer.objects.create(
        transfer_id=transfer_id, reversal=reversal, first_grant_id=grant_id
    )


def _reference(reversal: Reversal) -> str:
    return f"stripe_{reversal.kind}:{reversal.stripe_id}"


def _kind(reversal: Reversal) -> Transfer.Kind:
    return Transfer.Kind.REFUND if reversal.kind == "refund" else Transfer.Kind.DISPUTE
