"""``make stack`` as processes of its own, with stores of its own, to be broken and examined."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
from ulid import ULID

from tests.stack.callers import MODEL, Answer, Caller
from tests.stack.machine import (
    LIMIT_SECONDS,
    command_line,
    end_all,
    family,
    free_port,
    spawn,
    wait_until,
)
from tests.stack.servers import Database, PostgresServer, RedisServer

NANO = Decimal(10) ** 9
VOUCHED_SECONDS = 60
CONNECTIONS_TRIED_MAX = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """How a stack is set up. Equal shapes can share one."""

    web_processes: int = 1
    deadline_s: int = 4
    private_postgres: bool = False
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Team:
    """A team with credit and no rate limits."""

    id: str
    api_key: str


@dataclass(frozen=True, slots=True)
class Account:
    """What the database says of a team."""

    posted: Decimal
    held: Decimal
    charges: int  # transfers of kind usage
    charged: Decimal  # their sum
    statuses: Mapping[str, int]  # requests by status

    @property
    def open(self) -> int:
        """Requests that neither ended well nor badly yet."""
        return self.statuses.get("queued", 0) + self.statuses.get("running", 0)


class Stack:
    """The production shape: web, a worker for the stub model, periodic work and its clock."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.port = free_port()
        self.redis = RedisServer()
        self.database = PostgresServer() if shape.private_postgres else Database()
        self.folder = Path(tempfile.mkdtemp(prefix="aurous-stack-test-"))
        self.log = self.folder / "log"
        self.env = self._environment()
        self._console: subprocess.Popen[str] | None = None
        self._process: subprocess.Popen[str] | None = None
        self._seen: set[psutil.Process] = set()
        self.first_answer: Answer | None = None  # to a request sent as soon as READY was printed

    def _environment(self) -> dict[str, str]:
        ours = {
            "DJANGO_SETTINGS_MODULE": "aurous.settings",
            "AUROUS_ENV": "dev",
            "AUROUS_VAR_DIR": str(self.folder / "var"),
            "AUROUS_PORT": str(self.port),
            "AUROUS_STUB_MODEL": "1",
            "AUROUS_LOG_LEVEL": "WARNING",
            "AUROUS_HOLD_DEADLINE_SECONDS": str(self.shape.deadline_s),
            "AUROUS_HOLD_GRACE_SECONDS": "1",
            "AUROUS_REAP_SECONDS": "1",
            "WEB_CONCURRENCY": str(self.shape.web_processes),
            "DATABASE_URL": self.database.url,
            "REDIS_URL": self.redis.url,
            "PYTHONWARNINGS": "ignore",  # Celery warns about root
            "TMPDIR": str(self.folder),  # what a killed process leaves goes with the rest
        }
        others = {name: text for name, text in os.environ.items() if name != "AUROUS_PUBLIC_URL"}
        return {**others, **ours, **self.shape.env}

    # --- life -------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything, wait for READY and send a first request."""
        self.redis.start()
        caller = self.caller(self.prepare())
        self.launch()
        wait_until(lambda: self.said_ready, what="READY")
        self.first_answer = caller.embed("first")

    def prepare(self) -> Team:
        """Everything but the Redis and the processes; a first team."""
        self.database.start()
        self.manage("migrate", "--verbosity", "0")
        # One model is enough, and the one that needs no torch starts in a tenth of the time.
        self.execute("UPDATE embeddings_catalogmodel SET state = 'paused' WHERE slug <> %s", MODEL)
        return self.create_team()

    def launch(self) -> None:
        """Start ``manage.py stack`` and return at once."""
        self._process = self.python("manage.py", "stack")

    def log_says(self, words: str) -> int:
        """How often these words stand in the log."""
        return self.log.read_text().count(words)

    @property
    def ended(self) -> bool:
        """Whether ``manage.py stack`` is gone."""
        return self.process.poll() is not None

    @property
    def said_ready(self) -> bool:
        """Whether it printed READY."""
        if self.ended:
            pytest.fail(f"the stack ended: {self.log.read_text()[-2_000:]}")
        return self.log_says(f"READY http://127.0.0.1:{self.port}\n") > 0

    @property
    def process(self) -> "subprocess.Popen[str]":
        """``manage.py stack`` itself."""
        assert self._process is not None
        return self._process

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self._look()
        self.process.send_signal(signal.SIGTERM)

    def wait_end(self) -> int:
        """Its exit status, once it has ended."""
        return self.process.wait(2 * LIMIT_SECONDS)

    def _look(self) -> None:
        self._seen |= set(family(self.process.pid))

    def left(self) -> list[psutil.Process]:
        """Processes of this stack that still run."""
        return [process for process in self._seen if process.is_running()]

    def stop(self) -> None:
        """Leave nothing behind, whatever happened."""
        try:
            if self._process is not None:
                self._look()
                self.process.kill()
                self.process.wait()
                end_all(self._seen)
            if self._console is not None:
                self._console.kill()
                self._console.wait()
        finally:
            self.database.stop()
            self.redis.stop()
            shutil.rmtree(self.folder, ignore_errors=True)

    # --- its processes ----------------------------------------------------------------------

    def _find(self, words: str) -> list[psutil.Process]:
        return [p for p in family(self.process.pid)[1:] if words in command_line(p)]

    def web_workers(self) -> list[psutil.Process]:
        """The processes that serve requests."""
        webs = self._find("granian")
        pids = {web.pid for web in webs}
        return [web for web in webs if web.ppid() in pids]

    def web_master(self) -> psutil.Process:
        """The process that keeps them."""
        return next(web for web in self._find("granian") if web.ppid() == self.process.pid)

    def model_worker(self) -> psutil.Process:
        """The process with the engine."""
        return wait_until(lambda: self._find(f"worker {MODEL}"), what="a worker")[0]

    def kill(self, *processes: psutil.Process) -> None:
        """SIGKILL, and wait until they are gone."""
        self._look()
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=60)

    @contextmanager
    def worker_stopped(self) -> Iterator[psutil.Process]:
        """Hold the worker (SIGSTOP): what is let in meanwhile waits in the broker's queue.

        A stopped worker shows no sign of life and requests would be refused after a while, so
        somebody else vouches for it.
        """
        worker = self.model_worker()
        worker.suspend()
        try:
            wait_until(lambda: not self.takes_messages(worker.pid), what="the worker's last read")
            self.redis.client.sadd(f"aurous:workers:{MODEL}", "harness")
            self.redis.client.set(
                f"aurous:worker:{MODEL}:harness", b"[0,0,0.0]", ex=VOUCHED_SECONDS
            )
            yield worker
        finally:
            self.redis.client.delete(f"aurous:worker:{MODEL}:harness")
            if worker.is_running():
                worker.resume()

    def takes_messages(self, pid: int) -> bool:
        """Whether Redis would hand the next message to this process: a read of it is pending."""
        ports = {other.laddr.port for other in psutil.Process(pid).net_connections("tcp")}
        return any(
            client["cmd"] == "brpop" and int(client["addr"].rpartition(":")[2]) in ports
            for client in self.redis.client.client_list()
            if "b" in client["flags"]
        )

    def served_by(self, connection: http.client.HTTPConnection) -> int:
        """The pid of the web process at the other end of a connection."""
        port = connection.sock.getsockname()[1]
        return next(
            web.pid
            for web in self.web_workers()
            for other in web.net_connections("tcp")
            if other.raddr and other.raddr.port == port
        )

    def web_clock_ahead_s(self) -> float:
        """How far the clock of the web process is ahead of ours, by the ids that it gives."""
        answer = self.caller(Team("", "")).embed("what time is it")
        given = ULID.from_str(answer.headers["aurous-request-id"].removeprefix("req_"))
        return given.timestamp - time.time()

    def connect_to(self, web: int) -> http.client.HTTPConnection:
        """A connection to a certain web process: the kernel deals them out."""
        kept = []
        for _ in range(CONNECTIONS_TRIED_MAX):
            kept.append(Caller(self.port, "").connect())
            if self.served_by(kept[-1]) == web:
                return kept[-1]
        pytest.fail(f"no connection to process {web}")

    def database_connections(self, process: psutil.Process) -> int:
        """How many connections to PostgreSQL a process holds."""
        port = urlsplit(self.database.url).port
        return sum(
            connection.raddr.port == port
            for connection in process.net_connections("tcp")
            if connection.raddr and connection.status == psutil.CONN_ESTABLISHED
        )

    # --- its books --------------------------------------------------------------------------

    def manage(self, *words: str) -> str:
        """Run a management command; what it printed. An assertion fails with its error."""
        if self._console is None:
            self._console = spawn(
                [sys.executable, "-m", "tests.stack.console"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self.env,
            )
        assert self._console.stdin is not None
        assert self._console.stdout is not None
        self._console.stdin.write(json.dumps(words) + "\n")
        self._console.stdin.flush()
        answer = json.loads(self._console.stdout.readline())
        assert not answer["error"], f"{' '.join(words)}: {answer['error']} {answer['out']}"
        out: str = answer["out"]
        return out

    def execute(self, statement: Any, *parameters: Any) -> list[tuple[Any, ...]]:
        """One statement past the application; its rows."""
        with psycopg.connect(self.database.url) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    def waits_for_lock(self) -> bool:
        """Whether a connection to its database waits for another one's lock."""
        ((waiting,),) = self.execute(
            "SELECT COUNT(*) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return waiting > 0

    def create_team(self, credits_: str = "1000") -> Team:
        """A new team that nothing but its balance limits."""
        made = json.loads(self.manage("create_team", "Acme", "--credits", credits_, "--json"))
        unlimited = ("--rpm", "0", "--tpm", "0", "--concurrency", "0")
        self.manage("set_limits", made["team_id"], *unlimited)
        return Team(made["team_id"], made["api_key"])

    def key_of(self, team: Team) -> str:
        """The id of a team's key."""
        ((id_,),) = self.execute("SELECT id FROM accounts_apikey WHERE team_id = %s", team.id)
        return str(id_)

    def python(self, *words: str) -> "subprocess.Popen[str]":
        """Start Python in the environment of the stack, with its log."""
        with self.log.open("a") as log:
            return spawn([sys.executable, *words], stdout=log, stderr=log, env=self.env)

    def caller(self, team: Team) -> Caller:
        """A program of this team."""
        return Caller(self.port, team.api_key)

    def account(self, team: Team) -> Account:
        """Balance, charges and requests, straight from the tables."""
        ((posted, held),) = self.execute(
            "SELECT posted, held FROM billing_account WHERE id = %s", team.id
        )
        ((charges, charged),) = self.execute(
            "SELECT COUNT(*), COALESCE(SUM(amount), 0) FROM billing_transfer "
            "WHERE account_id = %s AND kind = 'usage'",
            team.id,
        )
        statuses = dict(
            self.execute(
                "SELECT status, COUNT(*) FROM embeddings_inference WHERE team_id = %s GROUP BY 1",
                team.id,
            )
        )
        return Account(
            Decimal(posted) / NANO,
            Decimal(held) / NANO,
            charges,
            Decimal(charged) / NANO,
            statuses,
        )

    def prove(self) -> None:
        """Every invariant holds on the live database."""
        assert json.loads(self.manage("prove", "--json"))["ok"]

    def settle(self, team: Team) -> Account:
        """Wait until no request of the team is open (the reaper included), then prove."""
        wait_until(lambda: self.account(team).open == 0, what="the end of every hold")
        self.prove()
        account = self.account(team)
        assert account.held == 0
        return account
