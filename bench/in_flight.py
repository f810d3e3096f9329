"""Many requests waiting on one web process: how many database connections does that take?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from bench.goals import WAITING
from bench.results import RunResult
from bench.sockets import connections_to
from bench.targets.aurous import Aurous
from bench.targets.aurous_settings import DATABASE_SERVER

SAMPLE_S = 0.1


class Sampler:
    """Reads a number again and again beside a run, and keeps the largest."""

    def __init__(self, read: Callable[[], int]) -> None:
        self.largest = 0
        self._read = read
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            self.largest = max(self.largest, self._read())


def measure_waiting(target: Aurous, seconds: float) -> tuple[RunResult, int]:
    """512 clients for some seconds: the run, and the most connections of one web process."""
    port = urlsplit(DATABASE_SERVER).port or 5432
    pids = target.stack.web_pids()
    with Sampler(lambda: max((connections_to(port, pid) for pid in pids), default=0)) as sampler:
        run = target.measure(WAITING, seconds, 1.0)
    return run, sampler.largest
