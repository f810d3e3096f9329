"""Stores that a test may break: a Redis and a PostgreSQL of its own, or a database of its own."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis
from psycopg import sql

from tests.settings import POSTGRES_URL
from tests.stack.machine import ROOT, free_port, lacks, listens, program, spawn, wait_until

SERVER_USER = "postgres"


class RedisServer:
    """A redis-server that keeps nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._program = program("redis-server", package="redis-server")
        self._process: subprocess.Popen[str] | None = None
        self.client = redis.Redis.from_url(self.url)

    def start(self) -> None:
        """Start it, empty."""
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", "/tmp"]
        argv = [self._program, "--port", str(self.port), *options]
        self._process = spawn(argv, stdout=subprocess.DEVNULL)
        wait_until(lambda: listens(self.port), what="redis-server")

    def kill(self) -> None:
        """End it as a crash does: nothing is said to anybody and everything is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Leave nothing behind."""
        self.client.close()
        self.kill()


class Database:
    """A database of its own on the server that the suite uses."""

    def __init__(self) -> None:
        parts = urlsplit(POSTGRES_URL)
        self._server = parts._replace(path="/postgres").geturl()
        self._name = f"aurous_stack_{os.getpid()}_{free_port()}"
        self.url = parts._replace(path=f"/{self._name}").geturl()

    def start(self) -> None:
        """Create it, empty."""
        self._run("CREATE DATABASE {}")

    def stop(self) -> None:
        """Drop it, whoever is still connected."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(self._name)))


class PostgresServer:
    """A PostgreSQL cluster of its own, durable as in production, that a test may crash."""

    def __init__(self) -> None:
        bin_ = "/usr/lib/postgresql/*/bin"
        self._initdb = program("initdb", package="postgresql", also=f"{bin_}/initdb")
        self._postgres = program("postgres", package="postgresql", also=f"{bin_}/postgres")
        self.port = free_port()
        self.url = f"postgres://{SERVER_USER}@127.0.0.1:{self.port}/postgres"
        self._user = _server_user()
        self._folder = Path(tempfile.mkdtemp(prefix="aurous-pg-"))
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Make the cluster and start it."""
        if self._user:
            shutil.chown(self._folder, self._user)
        argv = [self._initdb, "-D", str(self._folder / "data"), "-U", SERVER_USER, "-A", "trust"]
        subprocess.run(
            [*argv, "--no-sync"], check=True, stdout=subprocess.DEVNULL, user=self._user, cwd="/"
        )
        self._start()

    def _start(self) -> None:
        argv = [self._postgres, "-D", str(self._folder / "data"), "-p", str(self.port)]
        argv += ["-h", "127.0.0.1", "-k", str(self._folder), "-c", "max_connections=60"]
        with (self._folder / "log").open("a") as log:
            self._process = spawn(argv, stdout=log, stderr=log, user=self._user, cwd="/")
        wait_until(self._answers, what="PostgreSQL")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def restart_immediately(self) -> None:
        """What ``pg_ctl restart -m immediate`` does: a crash, and recovery from the log."""
        self._end(signal.SIGQUIT)
        self._start()

    def _end(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Leave nothing behind."""
        self._end(signal.SIGQUIT)
        shutil.rmtree(self._folder)


def _server_user() -> str | None:
    """PostgreSQL refuses to run as root; then its own user runs it."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVER_USER).pw_name
    except KeyError:
        lacks(f"the user {SERVER_USER}, because root cannot run PostgreSQL")


__all__ = ["ROOT", "Database", "PostgresServer", "RedisServer"]
