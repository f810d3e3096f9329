"""Why credit moved: a sentence for each line of a statement."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.access import holds_of
from billing.models import HoldFields, Transfer
from billing.statement.payment_reasons import payment_reasons_of

Kind = Transfer.Kind
_REQUEST, _EXPIRY = "inference:", "expiry:"
_PLAIN = {
    Kind.TOP_UP: "Credit was bought",
    Kind.GRANT: "Credit was given by the operator",
    Kind.USAGE: "A request was charged",
    Kind.REFUND: "Credit was given back",
    Kind.DISPUTE: "A payment was disputed",
    Kind.EXPIRY: "What was left of a grant expired",
    Kind.ADJUSTMENT: "The operator mended a mistake",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A line in words. ``request_id``: the request that was charged, ``topup_id``: the payment
    that it came of; else empty.
    """

    text: str
    detail: str
    request_id: str = ""
    topup_id: str = ""


def reasons_of(team_id: str, rows: Sequence[Transfer]) -> list[Reason]:
    """One for each line, in three queries at most however many lines."""
    ids = [row.reference.removeprefix(_REQUEST) for row in rows if row.kind == Kind.USAGE]
    holds = {hold.pk: hold for hold in holds_of(team_id).filter(pk__in=ids)} if ids else {}
    payments = payment_reasons_of(team_id, rows)
    return [
        Reason(payments[row.id][0], payments[row.id][1], topup_id=payments[row.id][1])
        if row.id in payments
        else _reason(row, holds.get(row.reference.removeprefix(_REQUEST)))
        for row in rows
    ]


def _reason(row: Transfer, hold: HoldFields | None) -> Reason:
    if row.kind == Kind.USAGE:
        return Reason(_tokens(hold), hold.model if hold else "", row.request_id or "")
    if row.reference.startswith(_EXPIRY):
        return Reason(_PLAIN[Kind.EXPIRY], row.reference.split(":")[1])
    return Reason(row.note or _PLAIN[Kind(row.kind)], row.reference)


def _tokens(hold: HoldFields | None) -> str:
    """What a request was charged for: 1,200 text tokens and 256 visual tokens."""
    if hold is None:
        return _PLAIN[Kind.USAGE]
    counts = (
        ("text", hold.tokens_text),
        ("visual", hold.tokens_visual),
        ("video", hold.tokens_video),
    )
    parts = [
        f"{count:,} {name} token{'' if count == 1 else 's'}" for name, count in counts if count
    ]
    return " and ".join(parts) or _PLAIN[Kind.USAGE]
