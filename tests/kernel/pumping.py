"""Pumps whose work the test holds back and watches."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from aurous.kernel.pump import Fifo, Pump

PATIENCE_S = 20  # nothing waits this long but a test that fails


class Work:
    """Doubles numbers. ``batches`` is what it was given; ``hold`` makes it wait for ``go_on``."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self._open = threading.Event()
        self._open.set()
        self.entered = threading.Semaphore(0)

    def __call__(self, items: list[int]) -> Sequence[Any]:
        self.batches.append(items)
        self.entered.release()
        assert self._open.wait(PATIENCE_S)
        return self.results(items)

    def results(self, items: list[int]) -> Sequence[Any]:
        """What to answer; tests put something else here."""
        return [2 * item for item in items]

    def hold(self) -> None:
        """Let the next batch wait inside."""
        self._open.clear()

    def go_on(self) -> None:
        """Let it out, and all that follow."""
        self._open.set()

    @property
    def seen(self) -> list[int]:
        """All items in the order in which they were worked on."""
        return [item for batch in self.batches for item in batch]


@contextmanager
def pumping(
    work: Work, *, items_max: int = 100, queue_items_max: int = 10_000
) -> Iterator[Pump[int, Any]]:
    """A pump that is stopped at the end, and must then have ended."""
    queue: Fifo[int, Any] = Fifo(items_max)
    pump = Pump("test", work, queue=queue, queue_items_max=queue_items_max)
    try:
        yield pump
    finally:
        work.go_on()
        assert pump.stop(PATIENCE_S)


def inside(pump: Pump[int, Any], work: Work, item: int = 0) -> "Future[Any]":
    """Submit an item and wait until the pump's thread is held inside its work."""
    work.hold()
    future = pump.submit(item)
    assert work.entered.acquire(timeout=PATIENCE_S)
    return future


def answers(futures: "Sequence[Future[Any]]") -> list[Any]:
    """The result of each, or its exception."""
    return [f.exception(PATIENCE_S) or f.result(PATIENCE_S) for f in futures]
