"""A database of a benchmark's own: made, filled with one big team, dropped at the end."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import psycopg
from psycopg import sql

from bench.launch import ROOT
from bench.targets.aurous_settings import DATABASE_SERVER

TEAM = "Big"
CREDIT_NANO = 10**17


@dataclass(frozen=True, slots=True)
class Scratch:
    """``keep``: do not drop it at the end; ``reuse``: take the one that was kept."""

    database: str
    keep: bool = False
    reuse: bool = False

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Meanwhile this process is an installation on that database."""
        if not self.reuse:
            self._server("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            self._server("CREATE DATABASE {}")
        self._set_up()
        try:
            yield
        finally:
            from django.db import connection

            connection.close()
            connection.close_pool()
            if not self.keep:
                self._server("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def _server(self, statement: str) -> None:
        with psycopg.connect(f"{DATABASE_SERVER}/postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(self.database)))

    def _set_up(self) -> None:
        os.environ.update(
            DJANGO_SETTINGS_MODULE="aurous.settings",
            DATABASE_URL=f"{DATABASE_SERVER}/{self.database}",
            AUROUS_ENV="dev",
            AUROUS_LOG_LEVEL="WARNING",
            AUROUS_VAR_DIR=tempfile.mkdtemp(prefix="aurous-scratch-"),
        )
        os.environ.pop("REDIS_URL", None)
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()

    def team(self, rows: int, unindexed: Sequence[str]) -> str:
        """The id of the team with nine tenths of ``rows`` requests; makes them unless reused."""
        from accounts.models import Team

        if not self.reuse:
            _fill(rows, unindexed)
        return str(Team.objects.get(name=TEAM).id)


def _fill(rows: int, unindexed: Sequence[str]) -> None:
    from django.core.management import call_command
    from django.db import connection

    from accounts.actors import command_actor
    from aurous.kernel.clock import database_now
    from bench.reading.fill import DAYS, fill
    from billing.teams import open_team

    call_command("migrate", verbosity=0)
    actor = command_actor("bench")
    team, _ = open_team(TEAM, owner_email=None, credits_nano=CREDIT_NANO, actor=actor)
    starts_at = database_now(connection) - timedelta(days=DAYS)
    fill(team.id, rows, starts_at.isoformat(), CREDIT_NANO, unindexed)
    connection.close()


def figures(took: Sequence[float]) -> tuple[float, float, float]:
    """p50, p95 and the longest."""
    p95 = sorted(took)[-(-len(took) * 95 // 100) - 1]
    return statistics.median(took), p95, max(took)


def size() -> str:
    """How large the database is."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        return str(cursor.fetchone()[0])
