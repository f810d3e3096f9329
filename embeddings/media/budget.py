"""Memory that many threads share: who needs some waits until there is enough."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class BudgetSpent(Exception):  # noqa: N818 - named by what happened, as PumpFull is
    """There was not enough before the deadline."""


class Budget:
    """So many bytes; given out in the order of asking, so that a large wish is not overtaken."""

    def __init__(self, bytes_max: int) -> None:
        self.bytes_max = bytes_max
        self._changed = threading.Condition()
        self._taken = 0
        self._line: list[object] = []

    @property
    def taken(self) -> int:
        """Bytes that are given out."""
        return self._taken

    def take(self, bytes_: int, *, deadline: float) -> None:
        """Wait for so many bytes until ``deadline`` (monotonic seconds). Raises ``BudgetSpent``.

        Raises ValueError for more than there is in all, which no waiting would bring.
        """
        if bytes_ > self.bytes_max:
            raise ValueError(f"{bytes_} bytes of a budget of {self.bytes_max}")
        place = object()
        with self._changed:
            self._line.append(place)
            try:
                while self._line[0] is not place or self._taken + bytes_ > self.bytes_max:
                    left = deadline - time.monotonic()
                    if left <= 0:
                        raise BudgetSpent
                    self._changed.wait(left)
                self._taken += bytes_
            finally:
                self._line.remove(place)
                self._changed.notify_all()

    def give_back(self, bytes_: int) -> None:
        """What was taken, or a part of it that was not needed after all."""
        with self._changed:
            self._taken -= bytes_
            self._changed.notify_all()

    @contextmanager
    def of(self, bytes_: int, *, deadline: float) -> Iterator[None]:
        """Take, and give back at the end."""
        self.take(bytes_, deadline=deadline)
        try:
            yield
        finally:
            self.give_back(bytes_)
