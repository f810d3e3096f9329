"""What happened to one order, oldest first: ordered, paid, credited, refunded, disputed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.access import reversal_lines_of, reversals_of, transfers_of
from billing.amounts import grouped
from billing.models import Debt, Reversal, TopUp, Transfer
from billing.pages.payment_words import state_of, why_failed
from billing.topup_amounts import cents_text

Status = TopUp.Status


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. ``line``: what it did to the ledger."""

    at: datetime
    icon: str
    title: str
    detail: str = ""
    line: Transfer | None = None


@dataclass(frozen=True, slots=True)
class History:
    """An order with its events, its reversals, and every line that is due to it, newest first."""

    events: list[Event]
    reversals: list[Reversal]
    lines: list[Transfer]


def history_of(topup: TopUp, by: str) -> History:
    """Read all of it, in three queries. ``by``: who ordered it."""
    team_id = topup.team_id
    found = reversals_of(team_id).filter(topup_id=topup.id).select_related("debt")
    reversals = list(found.order_by("created_at", "id"))
    ours = dict(
        reversal_lines_of(team_id)
        .filter(reversal__topup_id=topup.id)
        .values_list("transfer_id", "reversal_id")
    )
    lines = _lines(topup, list(ours))
    events = [*_of_order(topup, by, lines)]
    for row in reversals:
        events += _of_reversal(row, [line for line in lines if ours.get(line.id) == row.id])
    return History(sorted(events, key=lambda event: event.at), reversals, lines)


def _lines(topup: TopUp, reversal_lines: list[str]) -> list[Transfer]:
    """The line that credited it, those that took or gave back, and debts that it paid."""
    ids = list(reversal_lines)
    if topup.grant is not None:
        ids.append(topup.grant.transfer_id)
        paid = reversal_lines_of(topup.team_id).filter(first_grant_id=topup.grant_id)
        ids += paid.values_list("transfer_id", flat=True)
    return list(transfers_of(topup.team_id).filter(pk__in=ids).order_by("-sequence"))


def _of_order(topup: TopUp, by: str, lines: Sequence[Transfer]) -> Iterator[Event]:
    amount, credit = cents_text(topup.amount_cents), grouped(topup.credits)
    if topup.kind == TopUp.Kind.RECHARGE:
        ordered = f"Auto-recharge began to buy {credit} credits for {amount}"
    else:
        ordered = f"{by} ordered {credit} credits for {amount}"
    kept = "The card may be kept for auto-recharge." if topup.save_card else ""
    yield Event(topup.created_at, "wallet", ordered, kept)
    if topup.completed_at is None:
        return
    if topup.status == Status.SUCCEEDED:
        paid = topup.paid_cents or 0
        tax = paid - topup.amount_cents
        told = f"{cents_text(tax)} of it is tax." if tax else ""
        credited = next((line for line in lines if line.kind == Transfer.Kind.TOP_UP), None)
        title = f"{cents_text(paid)} was paid, and credited"
        yield Event(topup.completed_at, "circle-check", title, told, credited)
        for line in lines:
            if line.reference.startswith("debt:") and line.reference.endswith(f":{topup.grant_id}"):
                title = f"{grouped(line.amount)} credits of it paid what the team owed"
                yield Event(line.recorded_at, "coins", title, line=line)
    else:
        failed = topup.status == Status.FAILED
        title = "The payment did not go through" if failed else "The order ended unpaid"
        told = why_failed(topup) or state_of(topup).sentence
        yield Event(topup.completed_at, "circle-x", title, told)


def _of_reversal(row: Reversal, lines: Sequence[Transfer]) -> Iterator[Event]:
    amount = cents_text(row.amount_cents)
    refund = row.kind == Reversal.Kind.REFUND
    title = f"A refund of {amount} began" if refund else f"The bank disputed {amount}"
    if row.effect == Reversal.Effect.NONE and not refund:
        title = f"The bank asked about {amount}"
    # The bank's clock counts whole seconds: what came after the payment stands after it.
    began = max(row.created_at, row.topup.completed_at or row.topup.created_at)
    yield Event(began, "undo-2" if refund else "shield", title, _why(row))
    taken = [line for line in lines if not line.reference.startswith("debt:")]
    for line in taken:
        if line.signed_nano < 0:
            title = f"{grouped(line.amount)} credits were taken with it"
        else:
            title = f"{grouped(line.amount)} credits came back"
        yield Event(line.recorded_at, "undo-2", title, line=line)
    debt = debt_of(row)
    if debt is not None:
        title = f"{grouped(debt.amount)} credits had been spent already, and are owed"
        left = f"{grouped(debt.remaining)} of it are still open." if debt.remaining else ""
        at = taken[-1].recorded_at if taken else began
        yield Event(at, "coins", title, left or "All of it was paid, or is owed no more.")
    for line in lines:
        if line.reference.startswith("debt:"):
            title = f"{grouped(line.amount)} credits that came in paid what was owed"
            yield Event(line.recorded_at, "coins", title, line=line)


def _why(row: Reversal) -> str:
    """The operator's reason, or the bank's word for it."""
    return row.reason.replace("_", " ").capitalize() if row.reason.islower() else row.reason


def debt_of(row: Reversal) -> Debt | None:
    """What could not be taken; read with the row."""
    return getattr(row, "debt", None)
