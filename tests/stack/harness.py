"""``make stack`` as processes of its own, with stores of its own, to be broken and examined."""

import http.client
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
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
from ulid import ULID

from tests.stack.books import Books, Team
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

VOUCHED_SECONDS = 60
CONNECTIONS_TRIED_MAX = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """How a stack is set up. Equal shapes can share one."""

    web_processes: int = 1
    deadline_s: int = 4
    private_postgres: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    models: tuple[str, ...] = (MODEL,)  # the stub needs no torch and starts in a tenth of the time


class Stack(Books):
    """The production shape: web, a worker for the stub model, periodic work and its clock."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.port = free_port()
        self.redis = RedisServer()
        self.database = PostgresServer() if shape.private_postgres else Database()
        self.folder = Path(tempfile.mkdtemp(prefix="aurous-stack-test-"))
        self.log = self.folder / "log"
        super().__init__(self._environment())
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
        """Everything but the Redis and the processes; a first team. Other models are paused."""
        self.database.start()
        self.manage("migrate", "--verbosity", "0")
        self.execute(
            "UPDATE embeddings_catalogmodel SET state = 'paused' WHERE slug <> ALL (%s)",
            list(self.shape.models),
        )
        return self.create_team()

    def launch(self) -> None:
        """Start ``manage.py stack`` and return at once."""
        self._process = self.python("manage.py", "stack")

    def python(self, *words: str) -> "subprocess.Popen[str]":
        """Start Python in the environment of the stack, with its log."""
        with self.log.open("a") as log:
            return spawn([sys.executable, *words], stdout=log, stderr=log, env=self.env)

    def caller(self, team: Team) -> Caller:
        """A program of this team."""
        return Caller(self.port, team.api_key)

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
        finally:
            self.close()
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

    def model_worker(self, model: str = MODEL) -> psutil.Process:
        """The process with the engine."""
        return wait_until(lambda: self._find(f"worker {model}"), what="a worker")[0]

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

        def who_accepted() -> list[int]:
            return [
                web.pid
                for web in self.web_workers()
                for other in web.net_connections("tcp")
                if other.raddr and other.raddr.port == port
            ]

        return wait_until(who_accepted, what="a connection to be accepted")[0]

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
