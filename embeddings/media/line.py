"""Places that threads wait for in the order in which they came."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from embeddings.media.errors import SandboxBusy


class Line:
    """A semaphore that is fair: who came first goes first."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: deque[threading.Event] = deque()
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        """How many wait for a place."""
        return len(self._waiting)

    @contextmanager
    def place(self, timeout_s: float) -> Iterator[None]:
        """Hold a place. Raises ``SandboxBusy`` when none came within ``timeout_s`` seconds."""
        self._take(timeout_s)
        try:
            yield
        finally:
            self._give()

    def _take(self, timeout_s: float) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            turn.wait(timeout_s)
        finally:
            with self._lock:
                left = not turn.is_set()
                if left:
                    self._waiting.remove(turn)
        if left:
            raise SandboxBusy("no process became free in time")

    def _give(self) -> None:
        """Hand the place to the first who waits; nobody can come between."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
