"""Keeps a handful of processes running: starts them, replaces those that die, stops them in order.

For one machine without systemd or containers; ``deploy/`` has the same processes as units.
"""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import structlog

log = structlog.get_logger(__name__)
RESTART_PAUSE_SECONDS = 0.5
STOP_SECONDS = 75.0  # longer than any request may take
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

    def start(self, output: IO[bytes] | None) -> None:
        """Run it in a group of its own, so that all it starts can be ended with it."""
        self.process = subprocess.Popen(
            list(self.argv),
            env={**os.environ, **self.env},
            stdout=output,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - we have no threads at that moment
        )
        self.started_at = time.monotonic()

    @property
    def gone(self) -> bool:
        """Whether it ended without being asked to."""
        return self.process is None or self.process.poll() is not None

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
        self._stopping = threading.Event()

    @property
    def stopping(self) -> threading.Event:
        """Set when a signal asked to stop."""
        return self._stopping

    def start(self) -> None:
        """Start everything; from now on SIGINT and SIGTERM end it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._stopping.set())
        for child in self._children:
            child.start(self._output)

    def watch(self) -> None:
        """Replace children that die, until asked to stop."""
        while not self._stopping.wait(RESTART_PAUSE_SECONDS):
            for child in self._children:
                if child.gone and not self._stopping.is_set():
                    log.error("supervisor.restarted", child=child.name)
                    child.kill_group()
                    child.start(self._output)

    def stop(self) -> None:
        """End all of them in order, each with time to finish."""
        for child in self._children:
            child.end(STOP_SECONDS)
