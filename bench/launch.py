"""Starts a server in a session of its own, waits until it answers, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.cpu import family, processes

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var" / "bench"
LOGS = VAR / "logs"


class LaunchError(Exception):
    """A server did not start; the text names the log with the reason."""


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Server:
    """One started command, in a session of its own. Its output is in `var/bench/logs/NAME.log`."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        pipe: bool = False,
    ) -> None:
        LOGS.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = LOGS / f"{name}.log"
        self.began = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(env or {})},
                stdin=subprocess.PIPE if pipe else subprocess.DEVNULL,
                stdout=subprocess.PIPE if pipe else log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self.pid = self.process.pid

    def wait_until(self, ready: Callable[[], bool], limit_s: float = 120.0) -> float:
        """Seconds from the start until `ready()`; LaunchError when it dies or takes too long."""
        while not ready():
            if self.process.poll() is not None:
                raise LaunchError(
                    f"{self.name} ended with {self.process.returncode}: {self.tail()}"
                )
            if time.monotonic() - self.began > limit_s:
                raise LaunchError(f"{self.name} not ready in {limit_s:.0f} s: {self.tail()}")
            time.sleep(0.05)
        return time.monotonic() - self.began

    def said(self, beginning: str) -> bool:
        """True when a line of its log begins so."""
        lines = self.log.read_text(errors="replace").splitlines()
        return any(line.startswith(beginning) for line in lines)

    def tail(self, lines: int = 3) -> str:
        """The last words of its log."""
        text = self.log.read_text(errors="replace").strip().splitlines()
        return " | ".join(text[-lines:]) or f"(nothing in {self.log})"

    def stop(self, limit_s: float = 30.0, grace_s: float = 2.0) -> int:
        """Ask it to end, then end what is left of its family. How many had to be killed."""
        members = {(p.pid, p.started) for p in family(self.pid, processes())}
        if self.process.poll() is None:
            self.process.terminate()
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(limit_s)
            waited_until = time.monotonic() + grace_s
            while self._left(members) and time.monotonic() < waited_until:
                time.sleep(0.05)
        finally:  # also when the wait is interrupted: whoever is impatient wants it gone
            killed = sum(_kill(pid) for pid in self._left(members))
            self.process.wait()
            self._wait_for_the_killed(members)
        return killed

    def _wait_for_the_killed(self, members: set[tuple[int, int]], limit_s: float = 10.0) -> None:
        """A kill is carried out when the kernel comes to it, which may be a moment later."""
        waited_until = time.monotonic() + limit_s
        while self._left(members) and time.monotonic() < waited_until:
            time.sleep(0.01)

    def _left(self, members: set[tuple[int, int]]) -> list[int]:
        """Who still runs, of those that ran when the stop began or that came into the session."""
        return [
            process.pid
            for process in processes()
            if not process.ended
            and ((process.pid, process.started) in members or process.session == self.pid)
        ]


def _kill(pid: int) -> bool:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def responds(url: str) -> bool:
    """True when a GET of `url` gives any HTTP answer at all."""
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def answers(url: str) -> bool:
    """True when a GET of `url` gives a 200."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False
