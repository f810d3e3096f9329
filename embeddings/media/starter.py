"""Makes objects in one thread that lives until it is stopped.

Children ask the kernel to end them with their parent, and by that the kernel means the parent's
thread that started them. A thread that serves a request ends too soon.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")


class Starter(Generic[T]):
    """Its thread begins with the first ``make``, so that it may be built before a fork."""

    def __init__(self, name: str, maker: Callable[[], T]) -> None:
        self._maker = maker
        self._asked: SimpleQueue[Future[T] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._lock = threading.Lock()
        self._stopped = False

    def make(self) -> T:
        """What the maker returns or raises; ``RuntimeError`` once stopped."""
        wanted: Future[T] = Future()
        with self._lock:
            if self._stopped:
                raise RuntimeError("stopped")
            if self._thread.ident is None:
                self._thread.start()
            self._asked.put(wanted)
        return wanted.result()

    def stop(self) -> None:
        """End the thread, after what was asked before."""
        with self._lock:
            self._stopped = True
            self._asked.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while (wanted := self._asked.get()) is not None:
            try:
                wanted.set_result(self._maker())
            except Exception as error:
                wanted.set_exception(error)
