"""The outbox: an event is written in the transaction that causes it, so that both stand or none.

Nothing is sent here and no endpoint is looked for: one INSERT, and only when something happened.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from aurous.kernel.ids import new_id
from aurous.kernel.money import credits_text
from aurous.kernel.rowset import insert_rows
from billing.models import WebhookEvent


@dataclass(frozen=True, slots=True)
class NewEvent:
    """Something to tell a team. ``data`` is the object it is about, as the API would show it.

    ``mark``: what is told only once ever; a second event with the same mark is dropped.
    """

    team_id: str
    type: str
    data: dict[str, Any]
    mark: str | None = None


def amount_json(nano: int) -> orjson.Fragment:
    """An amount in the data of an event: an exact decimal of credits."""
    return orjson.Fragment(credits_text(nano))


def write(events: Collection[NewEvent], now: datetime) -> None:
    """Put events into the outbox. Must be called in the transaction that causes them."""
    if not connection.in_atomic_block:
        raise RuntimeError("an event is written in the transaction that causes it")
    rows = [_row(event, now) for event in events]
    insert_rows(connection, WebhookEvent, rows, "ON CONFLICT (mark) DO NOTHING")


def _row(event: NewEvent, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id("evt"),
        "team_id": event.team_id,
        "type": str(event.type),
        "data": orjson.dumps(event.data, option=orjson.OPT_UTC_Z).decode(),
        "mark": event.mark,
        "created_at": now,
        "api_version": "",
        "dispatched_at": None,
    }
