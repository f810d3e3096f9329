"""Puts the clock of a process wrong. Python imports it at its start, where the path has its folder.

``SHIFTED_CLOCKS`` is ``{"word": seconds}``: the first word that stands in the command line counts.
Only what reads the time of day is shifted; timers are monotonic and stay right.
"""

import copyreg
import datetime
import json
import os
import time
from pathlib import Path
from typing import Any

_Real = datetime.datetime


class _AlsoReal(type):
    """Real moments, which C code makes, are instances of the shifted class as well."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _Real)


def _shift(seconds: float) -> None:
    real_time, real_time_ns = time.time, time.time_ns
    time.time = lambda: real_time() + seconds
    time.time_ns = lambda: real_time_ns() + round(seconds * 10**9)
    delta = datetime.timedelta(seconds=seconds)

    class Shifted(_Real, metaclass=_AlsoReal):
        __module__, __qualname__ = "datetime", "datetime"  # where pickle will look for it

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return _Real.now(tz) + delta

        @classmethod
        def utcnow(cls) -> Any:
            return _Real.utcnow() + delta

        @classmethod
        def today(cls) -> Any:
            return _Real.today() + delta

    copyreg.pickle(_Real, lambda moment: (Shifted, moment.__reduce_ex__(2)[1]))
    datetime.datetime = Shifted  # type: ignore[misc]


def _seconds() -> float:
    words = Path("/proc/self/cmdline").read_bytes().replace(b"\0", b" ").decode()
    wanted = json.loads(os.environ.get("SHIFTED_CLOCKS", "{}"))
    return next((seconds for word, seconds in wanted.items() if word in words), 0.0)


if _seconds():
    _shift(_seconds())
