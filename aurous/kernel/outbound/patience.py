"""How long to wait for a stranger, on the monotonic clock: until a moment, or while bytes flow."""

from dataclasses import dataclass
from time import monotonic
from typing import Protocol

from aurous.kernel.outbound.errors import FetchFailed
from aurous.kernel.outbound.limits import Limits

TOO_SLOW = "The server is too slow. Try again, or serve the file from a faster place."
WAIT_S_MIN = 0.001  # a window may end between two looks at the clock; a wait of 0 would not wait


class Patience(Protocol):
    """Anything that bounds the next wait."""

    def left_s(self) -> float:
        """Seconds that the next wait may take, more than 0. Raises ``FetchFailed`` at the end."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment after which nothing is waited for."""

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The moment that is so far ahead."""
        return cls(monotonic() + seconds)

    def within(self, seconds: float) -> "Deadline":
        """A nearer moment, never a later one."""
        return Deadline(min(self.at_s, monotonic() + seconds))

    def left_s(self) -> float:
        """Seconds until the moment; raises when it is past."""
        seconds = self.at_s - monotonic()
        if seconds <= 0:
            raise FetchFailed(TOO_SLOW)
        return seconds


class Flow:
    """A deadline that ends early when fewer bytes come than must, in any window of ``grace_s``.

    Windows, not an average from the start: a server that sends a lot at first could live on it
    for minutes.
    """

    def __init__(self, limits: Limits, deadline: Deadline) -> None:
        self._deadline = deadline
        self._window_s = limits.grace_s
        self._window_bytes_min = limits.bytes_per_second_min * limits.grace_s
        self._open_window()

    def _open_window(self) -> None:
        self._ends_at_s = monotonic() + self._window_s
        self._window_bytes = 0

    def came(self, bytes_count: int) -> None:
        """Count bytes of the body."""
        self._window_bytes += bytes_count

    def left_s(self) -> float:
        """Seconds until the window or the deadline ends; raises when too little came."""
        if monotonic() >= self._ends_at_s:
            if self._window_bytes < self._window_bytes_min:
                raise FetchFailed(TOO_SLOW)
            self._open_window()
        return min(self._deadline.left_s(), max(self._ends_at_s - monotonic(), WAIT_S_MIN))
