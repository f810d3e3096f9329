"""Many threads that want the same answer at once: one works, the others wait for its result."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class SingleFlight(Generic[T]):
    """Without it, every waiting thread would ask the database when a busy key's time is over."""

    def __init__(self) -> None:
        """Nothing under way."""
        self._flights: dict[str, Future[T]] = {}
        self._lock = threading.Lock()

    def do(self, name: str, work: Callable[[], T], *, wait_s: float) -> T:
        """The result of ``work``, run by the first caller of this name.

        The others get its result or its error, or ``TimeoutError`` after ``wait_s`` seconds.
        """
        with self._lock:
            flight = self._flights.get(name)
            if flight is None:
                mine = self._flights[name] = Future()
        if flight is not None:
            return flight.result(timeout=wait_s)
        return self._lead(name, mine, work)

    def _lead(self, name: str, mine: "Future[T]", work: Callable[[], T]) -> T:
        try:
            result = work()
        except BaseException as error:
            self._land(name)
            mine.set_exception(error)
            raise
        self._land(name)
        mine.set_result(result)
        return result

    def _land(self, name: str) -> None:
        with self._lock:
            del self._flights[name]
