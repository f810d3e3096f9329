"""Keeps a handful of processes running: starts them, replaces those that die, stops them in order.

For one machine without systemd or containers; ``deploy/`` has the same processes as units.
"""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import structlog
from django.conf import settings

log = structlog.get_logger(__name__)
WATCH_SECONDS = 0.1
# A child that dies is started again at once, and where it dies again within LIVED_SECONDS after
# 0.5, 1, 2 … 8 s: one that cannot start must not take the machine from the others.
LIVED_SECONDS = 10.0
PAUSE_FIRST_SECONDS = 0.5
PAUSE_LONGEST_SECONDS = 8.0
STOP_MARGIN_SECONDS = 15.0  # beyond the longest time that a request may take
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


@dataclass(slots=True)
class Child:
    """One process: what to run, and with what on top of our own environment."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    pause_s: float = 0.0  # from its next death to its start
    due_at: float | None = None  # when it is started again; None while it runs

    def start(self, output: IO[bytes] | None) -> None:
        """Run it in a group of its own, so that all it starts can be ended with it."""
        self.process = subprocess.Popen(
            list(self.argv),
            env={**os.environ, **self.env},
            stdout=output,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, which takes no lock
        )
        self.started_at = time.monotonic()

    @property
    def gone(self) -> bool:
        """Whether it ended without being asked to."""
        return self.process is None or self.process.poll() is not None

    def tend(self, output: IO[bytes] | None) -> None:
        """Start it again if it ended without being asked to."""
        now = time.monotonic()
        if not self.gone:
            if now - self.started_at > LIVED_SECONDS:
                self.pause_s = 0.0
            return
        if self.due_at is None:
            log.error("supervisor.child_ended", child=self.name, next_start_in_s=self.pause_s)
            self.kill_group()
            self.due_at = now + self.pause_s
            self.pause_s = min(max(2 * self.pause_s, PAUSE_FIRST_SECONDS), PAUSE_LONGEST_SECONDS)
        if now >= self.due_at:
            self.due_at = None
            self.start(output)

    def end(self, timeout_s: float) -> None:
        """Ask it to finish its work; after the timeout, kill its whole group."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                log.error("supervisor.killed", child=self.name)
        self.kill_group()

    def kill_group(self) -> None:
        """What is left of its group would hold ports and connections."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Children in the order in which they are stopped: those that take requests come first."""

    def __init__(self, children: Sequence[Child], output: IO[bytes] | None = None) -> None:
        self._children = children
        self._output = output
        self._asked_to_stop = False

    def start(self) -> None:
        """Start everything; from now on SIGINT and SIGTERM end it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._ask_to_stop)
        for child in self._children:
            child.start(self._output)

    def _ask_to_stop(self, *_: object) -> None:
        """A plain flag: an ``Event`` has a lock, which the interrupted thread may hold."""
        self._asked_to_stop = True

    def watch(self, until: Callable[[], bool] = lambda: False) -> bool:
        """Replace children that die. True when ``until`` says so, False when asked to stop."""
        while not self._asked_to_stop:
            for child in self._children:
                child.tend(self._output)
            if until():
                return True
            time.sleep(WATCH_SECONDS)
        return False

    def stop(self) -> None:
        """End all of them in order, each with time to finish."""
        for child in self._children:
            child.end(settings.LONGEST_DEADLINE_SECONDS + STOP_MARGIN_SECONDS)
