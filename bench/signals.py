"""SIGTERM ends a benchmark as Ctrl-C does: through its `finally` blocks, leaving nothing."""

from __future__ import annotations

import signal
from types import FrameType


def end_on_sigterm() -> None:
    """To be called first in a command."""
    signal.signal(signal.SIGTERM, _end)


def _end(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt
