"""Makes a database with millions of requests, asks every list, prints one table, drops it."""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql

from bench.launch import ROOT
from bench.machine import machine
from bench.report import table
from bench.targets.aurous_settings import DATABASE_SERVER

DATABASE = "aurous_bench_reading"
WARM_UP = 3
SEED = 7
CREDIT_NANO = 10**17


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=40, help="each question is asked")
    parser.add_argument("--only", default="", help="questions whose label has this text")
    parser.add_argument("--keep", action="store_true", help="do not drop the database at the end")
    parser.add_argument("--reuse", action="store_true", help="take the one that was kept")
    return parser.parse_args()


def main() -> int:
    """0; it asserts nothing but that every answer is a 200."""
    arguments = _arguments()
    if not arguments.reuse:
        _server("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        _server("CREATE DATABASE {}")
    _set_up()
    try:
        team_id = _reused() if arguments.reuse else _fill(arguments.rows)
        rows, wrong = _measure(team_id, arguments.times, arguments.only)
        print("; ".join(f"{name}: {value}" for name, value in machine().items()))
        print(f"{arguments.rows:,} requests, {_size()}. Each {arguments.times} times, in ms.\n")
        print(table(("question", "p50", "p95", "longest", "rows told"), rows))
        print("\n".join(wrong))
    finally:
        from django.db import connection

        connection.close()
        connection.close_pool()
        if not arguments.keep:
            _server("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    return 1 if wrong else 0


def _server(statement: str) -> None:
    with psycopg.connect(f"{DATABASE_SERVER}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(DATABASE)))


def _set_up() -> None:
    """Make an installation of its own out of this process."""
    os.environ.update(
        DJANGO_SETTINGS_MODULE="aurous.settings",
        DATABASE_URL=f"{DATABASE_SERVER}/{DATABASE}",
        AUROUS_ENV="dev",
        AUROUS_LOG_LEVEL="WARNING",
        AUROUS_VAR_DIR=tempfile.mkdtemp(prefix="aurous-reading-"),
    )
    os.environ.pop("REDIS_URL", None)
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()


def _fill(rows: int) -> str:
    from django.core.management import call_command
    from django.db import connection

    from accounts.actors import command_actor
    from aurous.kernel.clock import database_now
    from bench.reading.fill import DAYS, fill
    from billing.teams import open_team

    call_command("migrate", verbosity=0)
    actor = command_actor("bench.reading")
    team, _ = open_team("Big", owner_email=None, credits_nano=CREDIT_NANO, actor=actor)
    starts_at = database_now(connection) - timedelta(days=DAYS)
    fill(team.id, rows, starts_at.isoformat(), CREDIT_NANO)
    connection.close()
    return str(team.id)


def _reused() -> str:
    from accounts.models import Team

    return str(Team.objects.get(name="Big").id)


def _measure(team_id: str, times: int, only: str) -> tuple[list[list[str]], list[str]]:
    from django.db import connection
    from django.test import Client

    from accounts import api_keys, teams
    from accounts.actors import command_actor
    from aurous.kernel.clock import database_now
    from bench.reading.cases import cases

    actor = command_actor("bench.reading")
    teams.set_limits(team_id, actor=actor, rpm=0, tpm=0)
    key = api_keys.create(team_id, name="reader", scope="read", actor=actor).text
    client = Client(headers={"authorization": f"Bearer {key}"})
    rows, wrong = [], []
    for label, case in cases(team_id, database_now(connection)).items():
        if only not in label:
            continue
        rng = random.Random(SEED)
        took, told = [], 0
        for number in range(WARM_UP + times):
            path = case(rng)
            began = time.perf_counter()
            answer = client.get(path)
            if number >= WARM_UP:
                took.append((time.perf_counter() - began) * 1_000)
            told = _told(answer)
            if answer.status_code != 200:
                wrong.append(f"{label}: {answer.status_code} for {path}")
        rows.append([label, *(f"{value:.0f}" for value in _figures(took)), str(told)])
        print(rows[-1], file=sys.stderr, flush=True)
    return rows, wrong


def _figures(took: list[float]) -> tuple[float, float, float]:
    p95 = sorted(took)[-(-len(took) * 95 // 100) - 1]
    return statistics.median(took), p95, max(took)


def _told(answer: Any) -> int:
    """Rows of the last answer; of usage its groups."""
    if answer.status_code != 200:
        return 0
    data = answer.json()["data"]
    return sum(len(row["results"]) if "results" in row else 1 for row in data)


def _size() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        return str(cursor.fetchone()[0])


if __name__ == "__main__":
    sys.exit(main())
