"""The step from queued to running: who may be computed."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from aurous.kernel.clock import NOW_SQL, seconds_until_sql
from aurous.kernel.locks import with_retries
from aurous.kernel.pipeline import pipelined
from aurous.kernel.rowset import payload, source
from billing.models import hold_model

# Why a queued request is not started although nobody else has it: code to condition.
_REFUSALS = {
    "revoked_api_key": (
        "EXISTS (SELECT 1 FROM accounts_apikey k WHERE k.id = {h}.api_key_id "
        "AND k.revoked_at IS NOT NULL)"
    ),
    "team_suspended": (
        "EXISTS (SELECT 1 FROM accounts_team t WHERE t.id = {h}.team_id "
        "AND t.suspended_at IS NOT NULL)"
    ),
}


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
    return with_retries(lambda: _start(ids)) if ids else Started({}, {})


def _start(ids: Sequence[str]) -> Started:
    with transaction.atomic(durable=True), pipelined(connection):
        _answer_without_waiting()
        left = _run(ids)
        missing = [id_ for id_ in ids if id_ not in left]
        refused = _refusals(missing) if missing else {}
    return Started(left, refused)


def _answer_without_waiting() -> None:
    """No money moves in this commit: if the server loses it, the row is queued again, its
    settlement finds it so, and the reaper gives the hold back.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")


def _run(ids: Sequence[str]) -> dict[str, float]:
    """The compare-and-swap, by the database's clock: id to seconds left until its deadline."""
    table, vendor = hold_model()._meta.db_table, connection.vendor
    refusals = " OR ".join(condition.format(h=table) for condition in _REFUSALS.values())
    sql = (
        f"UPDATE {table} SET status = 'running', started_at = {NOW_SQL[vendor]} "
        f"FROM {source(vendor, {'id': 'text'})} WHERE {table}.id = r.id "
        f"AND status = 'queued' AND deadline_at > {NOW_SQL[vendor]} AND NOT ({refusals}) "
        f"RETURNING {table}.id, {seconds_until_sql(vendor, f'{table}.deadline_at')}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [payload({"id": id_} for id_ in ids)])
        return {id_: float(seconds) for id_, seconds in cursor.fetchall()}


def _refusals(ids: Sequence[str]) -> dict[str, str]:
    """Which of these are still queued, and why they may not run: id to error code."""
    table = hold_model()._meta.db_table
    cases = " ".join(f"WHEN {c.format(h='h')} THEN '{code}'" for code, c in _REFUSALS.items())
    sql = (
        f"SELECT id, refusal FROM (SELECT h.id, CASE {cases} END AS refusal FROM {table} h "
        f"JOIN {source(connection.vendor, {'id': 'text'})} ON h.id = r.id "
        "WHERE h.status = 'queued') AS q WHERE refusal IS NOT NULL"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [payload({"id": id_} for id_ in ids)])
        return dict(cursor.fetchall())
