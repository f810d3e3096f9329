"""A pump: a bounded queue and one thread that takes whatever is waiting and does it in one go.

While one batch runs the next one gathers, so a lone item goes at once and batches grow by
themselves under load. Admission, compute and settlement are all this.

A pump whose work costs much a batch and little an item (a transaction and a message, say) may be
told when a batch is worth it. If the last one had several items, it waits for that, but never
longer than a few times the processor time that a batch costs: no fixed timer, whatever the machine.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar

import structlog
from django.db import connections

from aurous.kernel.errors import AurousError

T = TypeVar("T")
R = TypeVar("R")
Entry = tuple[T, Future[R]]
log = structlog.get_logger(__name__)
GATHER_SLICE_SECONDS = 0.001  # finer looks at the queue cost more than they find
GATHER_FACTOR = 8.0  # seconds of gathering for each second of processor time of the last batch


class PumpFull(Exception):  # noqa: N818 - a normal answer of a bounded queue, as queue.Full is
    """The queue is at its limit: refuse at the door instead of queueing without end."""


class PumpClosed(Exception):  # noqa: N818 - as above
    """The pump is draining and takes nothing new."""


class Waiting(Protocol[T, R]):
    """What a pump's queue can do. Called under the pump's lock, so it needs none of its own."""

    def push(self, entry: Entry[T, R]) -> None:
        """Put one entry behind the others."""

    def take(self) -> tuple[list[Entry[T, R]], list[tuple[Entry[T, R], Exception]]]:
        """The next batch, and entries that are not to be done at all with the reason."""

    def __len__(self) -> int: ...


class Fifo(Generic[T, R]):
    """First in, first out, at most ``items_max`` to a batch."""

    def __init__(self, items_max: int) -> None:
        self._entries: deque[Entry[T, R]] = deque()
        self._items_max = items_max

    def push(self, entry: Entry[T, R]) -> None:
        """Put one entry behind the others."""
        self._entries.append(entry)

    def take(self) -> tuple[list[Entry[T, R]], list[tuple[Entry[T, R], Exception]]]:
        """The oldest entries, up to the limit."""
        count = min(len(self._entries), self._items_max)
        return [self._entries.popleft() for _ in range(count)], []

    def __len__(self) -> int:
        return len(self._entries)


class Pump(Generic[T, R]):
    """Runs ``work`` over batches in one thread.

    ``work`` gets the items and returns, in the same order, a result or an exception for each.
    If it raises an ``AurousError`` that is the answer of every item (an outage is not worth
    trying one by one); for any other exception each item is tried alone, so that a bad item
    fails by itself. ``work`` must therefore have no effect when it raises.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[list[T]], Sequence[R | Exception]],
        *,
        queue: Waiting[T, R],
        queue_items_max: int,
        enough: Callable[[int], bool] | None = None,
    ) -> None:
        self._work = work
        self._enough = enough
        self._last_items = 0
        self._last_cpu_seconds = 0.0
        self._queue = queue
        self._queue_items_max = queue_items_max
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def submit(self, item: T) -> "Future[R]":
        """Queue one item. Raises ``PumpFull`` or ``PumpClosed``; never waits."""
        return self.submit_many([item])[0]

    def submit_many(self, items: Sequence[T]) -> "list[Future[R]]":
        """Queue several items, all or none, in order."""
        futures: list[Future[R]] = [Future() for _ in items]
        with self._changed:
            if self._closing:
                raise PumpClosed(self._thread.name)
            if len(self._queue) + len(items) > self._queue_items_max:
                raise PumpFull(self._thread.name)
            for entry in zip(items, futures, strict=True):
                self._queue.push(entry)
            self._changed.notify()
        return futures

    def stop(self, timeout_s: float | None = None) -> bool:
        """Take nothing new, finish what waits, and say whether the thread ended in time."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _live(self) -> None:
        try:
            self._run()
        finally:
            connections.close_all()  # a pool never learns that a thread ended with one of its own

    def _run(self) -> None:
        while True:
            with self._changed:
                while not len(self._queue) and not self._closing:
                    self._changed.wait()
                if not len(self._queue):
                    return
            self._gather()
            with self._changed:
                batch, dropped = self._queue.take()
            for (_, future), reason in dropped:
                _answer(future, reason)
            if batch:
                began = time.thread_time()
                self._do(batch)
                self._last_items = len(batch)
                self._last_cpu_seconds = time.thread_time() - began

    def _gather(self) -> None:
        """Wait until enough is in line, for a while that the last batch tells.

        Processor time, not time: while the last batch waited for the disk, others ran anyway.
        """
        if self._enough is None or self._last_items < 2:
            return
        ends_at = time.monotonic() + GATHER_FACTOR * self._last_cpu_seconds
        while not self._closing and time.monotonic() < ends_at:
            if self._enough(len(self._queue)):
                return
            time.sleep(GATHER_SLICE_SECONDS)

    def _do(self, batch: list[Entry[T, R]]) -> None:
        items = [item for item, _ in batch]
        try:
            results = self._work(items)
            if len(results) != len(items):
                raise RuntimeError(f"{len(results)} results for {len(items)} items")
        except AurousError as error:
            results = [error] * len(items)
        except Exception as error:
            if len(batch) > 1:
                for entry in batch:
                    self._do([entry])
                return
            log.exception("pump.item_failed", pump=self._thread.name)
            results = [error]
        for (_, future), result in zip(batch, results, strict=True):
            _answer(future, result)


def _answer(future: "Future[R]", result: R | Exception) -> None:
    if not future.set_running_or_notify_cancel():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
