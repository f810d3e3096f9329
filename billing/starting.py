"""The step from queued to running: who may be computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from aurous.kernel.clock import as_sql, as_utc, database_now
from aurous.kernel.locks import with_retries
from aurous.kernel.rowset import payload, source
from billing.models import hold_model

# Why a queued request is not started although nobody else has it.
_REFUSAL = (
    "CASE WHEN EXISTS (SELECT 1 FROM accounts_apikey k WHERE k.id = h.api_key_id "
    "AND k.revoked_at IS NOT NULL) THEN 'revoked_api_key' "
    "WHEN EXISTS (SELECT 1 FROM accounts_team t WHERE t.id = h.team_id "
    "AND t.suspended_at IS NOT NULL) THEN 'team_suspended' END"
)


@dataclass(frozen=True, slots=True)
class Started:
    """What became of a batch of requests: id to seconds left until its deadline, id to the code
    of a refusal. An id in neither was lost to somebody else or came too late.
    """

    seconds_left: dict[str, float]
    refused: dict[str, str]


def start(ids: Sequence[str]) -> Started:
    """Move requests from queued to running; each can be started once.

    A second delivery of the same request finds it not queued and does nothing. A request whose
    key was revoked or whose team was suspended since the hold is refused (and still held).
    """
    return with_retries(lambda: _start(ids))


def _start(ids: Sequence[str]) -> Started:
    with transaction.atomic(durable=True):
        now = database_now(connection)
        refused = _refusals(ids)
        deadlines = _run([id_ for id_ in ids if id_ not in refused], now)
    left = {id_: (as_utc(at) - now).total_seconds() for id_, at in deadlines}
    return Started(left, refused)


def _refusals(ids: Sequence[str]) -> dict[str, str]:
    marks = ", ".join(["%s"] * len(ids))
    table = hold_model()._meta.db_table
    sql = (
        f"SELECT id, refusal FROM (SELECT h.id, {_REFUSAL} AS refusal FROM {table} h "
        f"WHERE h.id IN ({marks}) AND h.status = 'queued') AS q WHERE refusal IS NOT NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, list(ids))
        return dict(cursor.fetchall())


def _run(ids: Sequence[str], now: datetime) -> list[tuple[str, Any]]:
    table = hold_model()._meta.db_table
    sql = (
        f"UPDATE {table} SET status = 'running', started_at = %s "
        f"FROM {source(connection.vendor, {'id': 'text'})} WHERE {table}.id = r.id "
        f"AND status = 'queued' AND deadline_at > %s RETURNING {table}.id, {table}.deadline_at"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [as_sql(now), payload({"id": id_} for id_ in ids), as_sql(now)])
        rows: list[tuple[str, Any]] = cursor.fetchall()
    return rows
