"""The bench's own PostgreSQL database and Redis database: made before a run, gone after it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import redis
from psycopg import sql

from bench.launch import LaunchError
from bench.targets.aurous_settings import DATABASE, DATABASE_SERVER, REDIS_URL

# Their work is part of what a request costs, so their CPU time is counted. The names are those of
# the programs, whoever started them: another user of the same server would be counted too.
PROGRAMS = frozenset({"postgres", "redis-server"})


@contextmanager
def _reached() -> Iterator[None]:
    """A service that is away is a reason not to start, like any other."""
    try:
        yield
    except (psycopg.Error, redis.RedisError) as error:
        raise LaunchError(f"PostgreSQL or Redis: {error}".strip()) from error


def create() -> None:
    """An empty database in both. LaunchError when somebody else uses the Redis database."""
    with _reached(), redis.Redis.from_url(REDIS_URL) as client:
        number = str(client.connection_pool.connection_kwargs.get("db", 0))
        users = [one for one in client.client_list() if one["db"] == number]
        if len(users) > 1:  # the first is this connection
            raise LaunchError(f"Redis database {number} is in use: set BENCH_REDIS_URL to another")
    drop()
    with _reached(), psycopg.connect(f"{DATABASE_SERVER}/postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))


def drop() -> None:
    """Remove both, whoever is still connected."""
    with _reached(), psycopg.connect(f"{DATABASE_SERVER}/postgres", autocommit=True) as connection:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(DATABASE)))
    with _reached(), redis.Redis.from_url(REDIS_URL) as client:
        client.flushdb()  # only the numbered database of the bench
