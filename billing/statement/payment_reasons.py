"""Why credit moved because of a payment: bought, refunded, disputed, given back, a debt paid."""

from collections.abc import Sequence

from billing.access import reversal_lines_of, topups_of
from billing.models import Reversal, ReversalTransfer, TopUp, Transfer
from billing.topup_amounts import cents_text

_TOPUP, _DEBT, _RETURNED = "topup:", "debt:", ":returned"
_OF_REVERSALS = (Transfer.Kind.REFUND, Transfer.Kind.DISPUTE)
# By whether it was a refund or a dispute: taken, given back, owed and paid later.
_TAKEN = {
    Reversal.Kind.REFUND: "A refund of {} took the credit that it had bought",
    Reversal.Kind.DISPUTE: "A payment was disputed, so the bank took {} and its credit went too",
}
_GIVEN_BACK = {
    Reversal.Kind.REFUND: "A refund of {} did not go through, so its credit came back",
    Reversal.Kind.DISPUTE: "A dispute over {} was won, so its credit came back",
}
_PAID = {
    Reversal.Kind.REFUND: "Paid what was owed for a refund of {}",
    Reversal.Kind.DISPUTE: "Paid what was owed for a dispute over {}",
}


def payment_reasons_of(team_id: str, rows: Sequence[Transfer]) -> dict[str, tuple[str, str]]:
    """A sentence and the id of the top-up, by the id of each line that a payment made.

    Two queries at most, however many lines, and none where there is no such line.
    """
    bought = {
        row.id: row.reference.removeprefix(_TOPUP)
        for row in rows
        if row.kind == Transfer.Kind.TOP_UP
    }
    back = {row.id: row for row in rows if row.kind in _OF_REVERSALS}
    found: dict[str, tuple[str, str]] = {}
    if bought:
        topups = topups_of(team_id).in_bulk(list(bought.values()))
        found |= {
            line: (_of_topup(topups[topup]), topup)
            for line, topup in bought.items()
            if topup in topups
        }
    if back:
        for one in reversal_lines_of(team_id).filter(transfer_id__in=list(back)):
            line = back[one.transfer_id]
            found[line.id] = _of_reversal(line, one), one.reversal.topup_id
    return found


def _of_topup(topup: TopUp) -> str:
    amount = cents_text(topup.amount_cents)
    if topup.kind == TopUp.Kind.RECHARGE:
        return f"Auto-recharge bought credit for {amount}"
    return f"Credit was bought for {amount}"


def _of_reversal(line: Transfer, one: ReversalTransfer) -> str:
    if line.reference.startswith(_DEBT):
        words = _PAID
    elif line.reference.endswith(_RETURNED):
        words = _GIVEN_BACK
    else:
        words = _TAKEN
    return words[Reversal.Kind(one.reversal.kind)].format(cents_text(one.reversal.amount_cents))
