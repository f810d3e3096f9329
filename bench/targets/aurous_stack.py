"""Aurous in its production shape, started as `make stack` starts it, for one or more targets."""

from __future__ import annotations

import sys

from bench.cpu import (
    ancestor_below,
    command_line,
    family,
    processes,
    resident_mb,
    seconds_since_start,
)
from bench.launch import Server, free_port, responds
from bench.sockets import listening_pids
from bench.targets import aurous_services
from bench.targets.aurous_settings import make_team, manage, settings


class AurousStack:
    """Web, worker and beat on a database of its own. May be started and stopped more than once."""

    def __init__(self, web_processes: int = 1) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.api_key = ""
        self.ready_s = 0.0
        self.web_ready_s = 0.0
        self.web_ready_mb = 0.0
        self.server: Server | None = None
        self._env = settings(self.port, web_processes)

    def start(self) -> None:
        """Make the database and the team, start everything, and wait for the line READY."""
        if self.server is not None:
            return
        aurous_services.create()
        manage(self._env, "migrate", "--verbosity", "0")
        self.api_key = make_team(self._env)
        self.server = server = Server("aurous", [sys.executable, "manage.py", "stack"], self._env)
        server.wait_until(lambda: responds(self.url))
        self.web_ready_s = self._web_age_s(server.pid)
        self.ready_s = server.wait_until(lambda: server.said("READY "))
        self.web_ready_mb = self.web_mb()

    def _web_age_s(self, supervisor: int) -> float:
        """How long ago the web server was started, its own supervisor and imports included."""
        ages = [seconds_since_start(ancestor_below(supervisor, pid)) for pid in self.web_pids()]
        return max(ages, default=0.0)

    def pids(self) -> list[int]:
        """Every process of the stack."""
        if self.server is None:
            return []
        return [process.pid for process in family(self.server.pid, processes())]

    def web_pids(self) -> list[int]:
        """Those that serve requests: the port's listeners, less a supervisor that only holds it."""
        holders = listening_pids(self.port, self.pids())
        parents = {process.parent for process in processes() if process.pid in holders}
        return [pid for pid in holders if pid not in parents]

    def web_mb(self) -> float:
        """Resident MB of the largest web process."""
        return max((resident_mb(pid) for pid in self.web_pids()), default=0.0)

    def memory(self) -> list[tuple[int, str, float]]:
        """Number, command line and resident MB of each process of the stack."""
        return [(pid, command_line(pid), resident_mb(pid)) for pid in self.pids()]

    def stop(self) -> list[str]:
        """End it, prove its books, and drop its database. LaunchError when they are not clean."""
        notes: list[str] = []
        try:
            if self.server is not None:
                killed = self.server.stop()
                code = self.server.process.returncode
                notes.append(f"Aurous ended on SIGTERM with {code}; {killed} processes were killed")
                manage(self._env, "prove", "--json")
                notes.append("`manage.py prove` after the run: clean")
        finally:
            self.server = None
            aurous_services.drop()
        return notes
