"""The team's requests as records, oldest first; the last one counts and adds up the others."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.db.models import Q

from aurous.kernel.clock import database_now
from aurous.kernel.records import Credits, Record
from billing.chain import moment_text
from embeddings.charges import charged_of
from embeddings.models import Inference
from embeddings.timing import duration_ms
from embeddings.usage_events import Filters, events_of

CHUNK_ROWS = 2_000
COLUMNS = (
    "record",
    "id",
    "request_id",
    "created_at",
    "model",
    "status",
    "duration_ms",
    "tokens_text",
    "tokens_visual",
    "tokens_video",
    "credits_text",
    "credits_visual",
    "credits_video",
    "credits_charged",
    "api_key_id",
    "user",
    "api_version",
    "error_code",
    "total_rows",
    "total_credits",
)


def usage_chunks(
    team_id: str, filters: Filters, since: datetime | None = None, before: datetime | None = None
) -> Iterator[list[Record]]:
    """The records of the requests whose hold was taken in [since, before), at the latest now."""
    now = database_now(connection)
    rows = events_of(team_id, filters, since, now if before is None else min(before, now))
    behind, count, total = Q(), 0, 0
    while chunk := list(rows.filter(behind).order_by("created_at", "id")[:CHUNK_ROWS]):
        yield [_record(row) for row in chunk]
        count += len(chunk)
        total += sum(row.charged for row in chunk)
        last = chunk[-1]
        behind = Q(created_at__gte=last.created_at) & (
            Q(created_at__gt=last.created_at) | Q(created_at=last.created_at, id__gt=last.id)
        )
    end = {"record": "end", "total_rows": count, "total_credits": Credits(total)}
    yield [{**dict.fromkeys(COLUMNS), **end}]


def _record(row: Inference) -> Record:
    charged = charged_of(row)
    return {
        "record": "event",
        "id": row.id,
        "request_id": row.request_id,
        "created_at": moment_text(row.created_at),
        "model": row.model,
        "status": row.status,
        "duration_ms": duration_ms(row),
        "tokens_text": row.tokens_text,
        "tokens_visual": row.tokens_visual,
        "tokens_video": row.tokens_video,
        "credits_text": Credits(charged.text),
        "credits_visual": Credits(charged.visual),
        "credits_video": Credits(charged.video),
        "credits_charged": Credits(row.charged),
        "api_key_id": row.api_key_id,
        "user": row.user or None,
        "api_version": row.api_version,
        "error_code": row.error_code or None,
        "total_rows": None,
        "total_credits": None,
    }
