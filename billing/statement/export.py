"""The statement as records: where it begins, every transfer with its hash, where it ends.

    start  the balance and the hash before the first line
    entry  one transfer, oldest first, without a gap
    end    how many lines, what they add up to, the closing balance and the head of the chain

Without the record ``end`` a statement is not whole. ``docs/verify_statement.py`` checks all of
it and needs nothing but Python.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Min

from aurous.kernel.records import Credits, Record
from billing.access import transfers_of
from billing.chain import moment_text
from billing.models import GENESIS_HASH, Account, Transfer

CHUNK_ROWS = 2_000
COLUMNS = (
    "record",
    "account",
    "sequence",
    "id",
    "kind",
    "amount",
    "balance_after",
    "debit",
    "credit",
    "reference",
    "request_id",
    "note",
    "occurred_at",
    "recorded_at",
    "hash",
    "lines",
    "total",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """A place in the chain: after this line."""

    sequence: int = 0
    balance: int = 0
    hash: str = GENESIS_HASH


def statement_chunks(
    team_id: str, since: datetime | None = None, before: datetime | None = None
) -> Iterator[list[Record]]:
    """The records of a team's statement, some thousand at a time.

    Of a period: all lines from the first to the last that was written in [since, before). What
    is written while this runs is not in it.
    """
    start, last = _ends(team_id, since, before)
    yield [_record("start", team_id, start)]
    place = start
    while place.sequence < last:
        rows = list(
            transfers_of(team_id)
            .filter(sequence__gt=place.sequence, sequence__lte=last)
            .order_by("sequence")[:CHUNK_ROWS]
        )
        if not rows:
            raise RuntimeError(f"{team_id}: no line after {place.sequence}, expected {last}")
        yield [_entry(row) for row in rows]
        place = _after(rows[-1])
    lines, total = place.sequence - start.sequence, place.balance - start.balance
    yield [_record("end", team_id, place, lines=lines, total=Credits(total))]


def _ends(team_id: str, since: datetime | None, before: datetime | None) -> tuple[_Place, int]:
    """Where it begins, and the sequence of its last line."""
    head = Account.objects.filter(id=team_id).values_list("sequence", flat=True).first() or 0
    if since is None and before is None:
        return _Place(), head
    rows = transfers_of(team_id).filter(sequence__lte=head)
    if since is not None:
        rows = rows.filter(recorded_at__gte=since)
    if before is not None:
        rows = rows.filter(recorded_at__lt=before)
    ends = rows.aggregate(first=Min("sequence"), last=Max("sequence"))
    if ends["first"] is None:
        return _place_before(team_id, head, since), 0
    first = transfers_of(team_id).filter(sequence=ends["first"] - 1).first()
    return (_Place() if first is None else _after(first)), ends["last"]


def _place_before(team_id: str, head: int, since: datetime | None) -> _Place:
    """The newest line before a period without any."""
    older = transfers_of(team_id).filter(sequence__lte=head)
    if since is not None:
        older = older.filter(recorded_at__lt=since)
    row = older.order_by("-recorded_at", "-sequence").first() if since is not None else None
    return _Place() if row is None else _after(row)


def _after(row: Transfer) -> _Place:
    return _Place(row.sequence, row.balance_after, row.hash)


def _record(what: str, team_id: str, place: _Place, **more: Any) -> Record:
    return {
        **dict.fromkeys(COLUMNS),
        "record": what,
        "account": team_id,
        "sequence": place.sequence,
        "balance_after": Credits(place.balance),
        "hash": place.hash,
        **more,
    }


def _entry(row: Transfer) -> Record:
    return {
        "record": "entry",
        "account": row.account_id,
        "sequence": row.sequence,
        "id": row.id,
        "kind": row.kind,
        "amount": Credits(row.signed_nano),
        "balance_after": Credits(row.balance_after),
        "debit": row.debit_id,
        "credit": row.credit_id,
        "reference": row.reference,
        "request_id": row.request_id,
        "note": row.note,
        "occurred_at": moment_text(row.occurred_at),
        "recorded_at": moment_text(row.recorded_at),
        "hash": row.hash,
        "lines": None,
        "total": None,
    }
