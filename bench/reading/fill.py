"""Fills an empty installation with requests, their sums and their ledger by plain SQL, quickly.

The rows agree with one another as far as queries can tell: sums with requests, sequences and
balances with amounts. Hashes are filler; ``prove`` is not for this database.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence

from django.db import connection

from accounts.models import Team
from billing.latency import tally_sql

DAYS = 90
KEYS = 20
USERS = 1_000
SMALL_TEAMS = 99  # they share a tenth of the requests, and are exempt
TABLES = (
    "embeddings_inference",
    "billing_transfer",
    "billing_usagebucket",
    "billing_usagerollup",
    "billing_usageuserday",
    "billing_usageusertotal",
)
PRICE = 18_750

_REQUESTS = f"""
INSERT INTO embeddings_inference (id, request_id, team_id, api_key_id, status, exempt, held,
    charged, price_text, price_visual, price_video, tokens_text, tokens_visual, tokens_video,
    created_at, deadline_at, started_at, ended_at, error_code, model, api_version, "user",
    dimensions, idempotency_key, queue_ms, compute_ms)
SELECT 'emb_' || lpad(i::text, 26, '0'), 'req_' || lpad(i::text, 26, '0'), team,
    'key_' || right(team, 6) || lpad(floor({KEYS} * a * a)::text, 20, '0'),
    status, small, cost, CASE WHEN status = 'settled' AND NOT small THEN cost ELSE 0 END,
    {PRICE}, 0, 0, CASE WHEN status = 'settled' THEN tokens ELSE 0 END, 0, 0,
    at, at + interval '30 s', at, at + took, CASE WHEN status = 'settled' THEN '' ELSE
    'internal_error' END, CASE WHEN b < 0.7 THEN 'aurous-embed-text' WHEN b < 0.9999 THEN
    'aurous-embed-vision' ELSE 'aurous-stub' END, CASE WHEN c < 0.8 THEN '2026-05-15' ELSE
    '2026-11-01' END, CASE WHEN d < 0.3 THEN '' ELSE 'user-' || floor({USERS} * e * e * e)::text
    END, 384, NULL, 5, 10
FROM (SELECT i, i %% 10 = 0 AS small, CASE WHEN i %% 10 = 0 THEN 'team_small' ||
        lpad(((i / 10) %% {SMALL_TEAMS})::text, 21, '0') ELSE %s END AS team,
        %s::timestamptz + i * (interval '{DAYS} days' / %s) AS at,
        CASE WHEN s < 0.97 THEN 'settled' WHEN s < 0.999 THEN 'released' ELSE 'failed' END
            AS status,
        tokens, tokens * {PRICE} AS cost, interval '1 ms' * (8 + exp(3.5 + 1.3 * f)) AS took,
        a, b, c, d, e
    FROM (SELECT i, random() AS s, random() AS a, random() AS b, random() AS c, random() AS d,
            random() AS e, random() + random() + random() - 1.5 AS f,
            1 + floor(250 * random())::bigint AS tokens FROM generate_series(1, %s) AS i) r) t
"""
_SUMS = (
    "requests, tokens_text, tokens_visual, tokens_video, "
    "charged_text, charged_visual, charged_video"
)
_ALL = "team_id, api_key_id, model, api_version, status"
_BY = f'{_ALL}, "user"'
_MINUTES = f"""
INSERT INTO billing_usagebucket (minute, {_BY}, {_SUMS}, latency)
SELECT date_trunc('minute', created_at, 'UTC'), {_BY}, COUNT(*), SUM(tokens_text), 0, 0,
    SUM(charged), 0, 0, SUM({tally_sql("postgresql", "created_at", "ended_at")})
FROM embeddings_inference GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1
"""
_WIDER = f"""
INSERT INTO billing_{{table}} ({{columns}}, {_ALL}, {_SUMS}, latency, parts)
SELECT {{values}}, {_ALL}, {", ".join(f"SUM({name})" for name in _SUMS.split(", "))}, SUM(latency),
    BIT_OR(1::bigint << EXTRACT({{part}} FROM minute)::int)
FROM billing_usagebucket GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY {{order}}
"""
_USERS = f"""
INSERT INTO billing_usageusertotal (team_id, day, "user", {_SUMS}, latency)
SELECT team_id, day, "user", {", ".join(f"SUM({name})" for name in _SUMS.split(", "))}, SUM(latency)
FROM billing_usageuserday GROUP BY 1, 2, 3 ORDER BY 2
"""
_HOUR, _DAY = (f"date_trunc('{width}', minute, 'UTC')" for width in ("hour", "day"))
_LEDGER = """
INSERT INTO billing_transfer (id, debit_id, credit_id, amount, kind, reference, account_id,
    sequence, balance_after, hash, request_id, note, occurred_at, recorded_at)
SELECT 'tr_' || substr(id, 5), team_id, 'revenue', charged, 'usage', 'inference:' || id, team_id,
    1 + row_number() OVER w, %s - SUM(charged) OVER w, '', request_id, '', created_at, ended_at
FROM embeddings_inference WHERE charged > 0 AND team_id = %s WINDOW w AS (ORDER BY created_at)
"""
Step = Callable[[], None]


def fill(
    team_id: str, rows: int, starts_at: str, credit_nano: int, unindexed: Sequence[str]
) -> None:
    """Write everything. ``team_id`` has an account with ``credit_nano`` and one line.

    ``unindexed``: columns that stay without their unique index.
    """
    _say("dropping indexes")
    again = _drop_indexes(unindexed)
    _teams()
    _do("requests", _REQUESTS, [team_id, starts_at, rows, rows])
    _do("minutes", _MINUTES)
    # In the order of time, as they would have come.
    wide, by_user = "width, start", '"user", day'
    _do("hours", _wider("usagerollup", wide, f"'hour', {_HOUR}", "minute"))
    _do("days", _wider("usagerollup", wide, f"'day', {_DAY}", "hour"))
    _do("days of users", _wider("usageuserday", by_user, f'"user", {_DAY}', "hour"))
    _do("days of users, all together", _USERS)
    _do("ledger", _LEDGER, [credit_nano, team_id])
    for statement in again:
        _do(statement[:70], statement)
    for table in TABLES:
        _do(f"vacuum {table}", f"VACUUM (ANALYZE) {table}")


def _wider(table: str, columns: str, values: str, part: str) -> str:
    return _WIDER.format(table=table, columns=columns, values=values, part=part, order="2")


def _teams() -> None:
    like = Team.objects.get()
    for number in range(SMALL_TEAMS):
        like.id, like.name = f"team_small{number:021d}", f"Small {number}"
        like.save(force_insert=True)


def _drop_indexes(unindexed: Sequence[str]) -> list[str]:
    """Drop what slows filling, and return the statements that make it again."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET work_mem = '512MB'")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) "
            "FROM pg_constraint WHERE contype = 'u' AND conrelid = ANY(%s::regclass[])",
            [list(TABLES)],
        )
        unique = cursor.fetchall()
        again = []
        for table, name, definition in unique:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            if not any(f"({column})" in definition for column in unindexed):
                again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) "
            "AND indexname NOT LIKE '%%_pkey'",
            [list(TABLES)],
        )
        for name, definition in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')
            again.append(definition)
    return again


def _do(what: str, sql: str, values: list[object] | None = None) -> None:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = cursor.rowcount
    _say(f"{what}: {max(rows, 0):,} rows, {time.monotonic() - began:.0f} s")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
