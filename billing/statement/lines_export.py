"""The lines of a statement as a page filters and orders them; the last record adds them up.

Without hashes, because lines that are left out would break the chain: what can be checked is
``billing.statement.export``.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q

from aurous.kernel.clock import database_now
from aurous.kernel.records import Credits, Record
from billing.chain import moment_text
from billing.models import Transfer
from billing.statement.lines import lines_of
from billing.statement.reasons import Reason, reasons_of

CHUNK_ROWS = 1_000
COLUMNS = (
    "record",
    "id",
    "sequence",
    "recorded_at",
    "kind",
    "amount",
    "balance_after",
    "why",
    "request_id",
    "reference",
    "total_rows",
    "total_credits",
)


def line_chunks(
    team_id: str, kinds: Sequence[str], since: datetime | None, before: datetime | None
) -> Iterator[list[Record]]:
    """The records, some at a time. What is written while this runs is not in it."""
    now = database_now(connection)
    timed = since is not None or before is not None
    rows = lines_of(team_id, kinds, since, now if before is None else min(before, now))
    ordered = rows.order_by(*(("recorded_at", "sequence") if timed else ("sequence",)))
    behind, count, total = Q(), 0, 0
    while chunk := list(ordered.filter(behind)[:CHUNK_ROWS]):
        why = reasons_of(team_id, chunk)
        yield [_record(row, reason) for row, reason in zip(chunk, why, strict=True)]
        count += len(chunk)
        total += sum(row.signed_nano for row in chunk)
        behind = _behind(chunk[-1], timed=timed)
    end = {"record": "end", "total_rows": count, "total_credits": Credits(total)}
    yield [{**dict.fromkeys(COLUMNS), **end}]


def _behind(last: Transfer, *, timed: bool) -> Q:
    """Lines after the last one of a chunk."""
    if not timed:
        return Q(sequence__gt=last.sequence)
    later = Q(recorded_at__gt=last.recorded_at)
    at_once = Q(recorded_at=last.recorded_at, sequence__gt=last.sequence)
    return Q(recorded_at__gte=last.recorded_at) & (later | at_once)


def _record(row: Transfer, reason: Reason) -> Record:
    return {
        **dict.fromkeys(COLUMNS),
        "record": "line",
        "id": row.id,
        "sequence": row.sequence,
        "recorded_at": moment_text(row.recorded_at),
        "kind": row.kind,
        "amount": Credits(row.signed_nano),
        "balance_after": Credits(row.balance_after),
        "why": reason.text,
        "request_id": row.request_id,
        "reference": row.reference,
    }
