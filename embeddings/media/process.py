"""The parent's side of one child: start it, ask it, take the answer, or kill it.

Not for several threads at once. Whatever is not the expected answer in time is a ``Lost``, and
the child is not used again.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np

from embeddings.media import wire
from embeddings.media.limits import Limits
from embeddings.media.wire import Answer, Garbage, Job, Reason

ROOT = Path(__file__).resolve().parents[2]
# Isolated from the environment and the working folder; only our own packages are added.
_BOOT = (
    "import importlib, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "importlib.import_module(sys.argv.pop(1)).main()"
)
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    # Memory goes back at once instead of being kept for the next file.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": "1048576",
    "MALLOC_TRIM_THRESHOLD_": "1048576",
}
_DEATH_SECONDS_MAX = 1.0  # a child that closed its socket has that long to be gone


class Lost(Exception):  # noqa: N818 - named by what happened, as in engine.base
    """The child gave no proper answer; ``reason`` is what its file is refused for."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.name)
        self.reason = reason


class Process:
    """One child. It dies with the thread that made it: see ``embeddings.media.starter``."""

    def __init__(self, module: str, limits: Limits) -> None:
        self._limits = limits
        self._jobs = 0
        self._ends_at = time.monotonic() + limits.start_seconds_max
        self._broken = Reason.FINE  # of which it cannot be broken before the first job
        self._channel, theirs = socket.socketpair()
        arguments = [str(ROOT), module, json.dumps(asdict(limits)), str(os.getpid())]
        with theirs:
            self._popen = subprocess.Popen(
                [sys.executable, "-I", "-B", "-c", _BOOT, *arguments],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_environment(),
                cwd="/",
                start_new_session=True,  # the terminal's Ctrl-C is for the parent to act on
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._popen.pid

    def wait_ready(self) -> None:
        """Wait for the end of its imports. Raises ``Lost``."""
        greeting = bytearray(len(wire.READY))
        self._receive(memoryview(greeting))
        if greeting != wire.READY:
            raise Lost(self._broken)

    def ask(self, job: Job, data: bytes | memoryview, tokens_max: int) -> Answer:
        """Give a job and wait for the head of its answer. Raises ``Lost``."""
        limits = self._limits
        seconds = limits.video_wall_seconds_max if job.of_video else limits.image_wall_seconds_max
        self._ends_at = time.monotonic() + seconds
        self._broken = job.broken
        self._jobs += 1
        with self._losses():
            for part in (wire.pack_request(job, tokens_max, len(data)), data):
                self._channel.settimeout(wire.seconds_until(self._ends_at))
                self._channel.sendall(part)
            return wire.receive_answer(self._channel, self._ends_at)

    def pixels(self, shape: tuple[int, ...]) -> np.ndarray:
        """The uint8 array that follows the head. Raises ``Lost``."""
        pixels = np.empty(shape, np.uint8)
        self._receive(pixels.data.cast("B"))
        return pixels

    def is_fit(self) -> bool:
        """Whether it may get another job: alive, silent, and neither old nor grown."""
        if self._jobs >= self._limits.jobs_max or self._popen.poll() is not None:
            return False
        try:
            self._channel.settimeout(0)
            self._channel.recv(1, socket.MSG_PEEK)
        except BlockingIOError:  # which is how it should be: nothing said, nothing closed
            return _resident_bytes(self.pid) <= self._limits.resident_bytes_max
        except OSError:
            return False
        return False

    def kill(self) -> None:
        """End it now. May be called from any thread."""
        self._popen.kill()

    def close(self) -> None:
        """End it, and forget it."""
        self.kill()
        self._popen.wait()
        self._channel.close()

    def _receive(self, room: memoryview) -> None:
        with self._losses():
            if not wire.receive_into(self._channel, room, self._ends_at):
                raise EOFError

    @contextmanager
    def _losses(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError as error:
            raise Lost(Reason.TIME) from error
        except (EOFError, OSError) as error:
            raise Lost(self._death()) from error
        except Garbage as error:
            raise Lost(self._broken) from error

    def _death(self) -> Reason:
        try:
            status = self._popen.wait(_DEATH_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            return self._broken
        if status == -signal.SIGXCPU:
            return Reason.TIME
        # Nobody else sends this signal while a job runs: the kernel had no memory left.
        return Reason.MEMORY if status == -signal.SIGKILL else self._broken


def _environment() -> dict[str, str]:
    """Nothing of ours but where the interpreter's own libraries are."""
    found = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return _ENVIRONMENT | found


def _resident_bytes(pid: int) -> int:
    """Memory in use. 0 on systems that do not tell: there ``jobs_max`` alone has to do."""
    if sys.platform != "linux":
        return 0
    pages = Path(f"/proc/{pid}/statm").read_text().split()[1]  # 0 of one that has just died
    return int(pages) * os.sysconf("SC_PAGESIZE")
