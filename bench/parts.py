"""Which part of Aurous the CPU time goes to."""

from __future__ import annotations

from bench.cpu import family, named, processes
from bench.targets.aurous_services import PROGRAMS
from bench.targets.aurous_stack import AurousStack

PARTS = ("web", "worker", "postgres", "redis-server")


def cpu_by_part(stack: AurousStack) -> dict[str, float]:
    """CPU seconds so far: web processes, everything else of the stack, and the two services."""
    if stack.server is None:
        return dict.fromkeys(PARTS, 0.0)
    everyone, web = processes(), set(stack.web_pids())
    used = dict.fromkeys(PARTS, 0.0)
    for process in family(stack.server.pid, everyone):
        used["web" if process.pid in web else "worker"] += process.cpu_s
    for process in named(PROGRAMS, everyone):
        used[process.name] += process.cpu_s
    return used


class PartsClock:
    """A CPU clock that a run may read, and that remembers its last two readings by part."""

    def __init__(self, stack: AurousStack) -> None:
        self._stack = stack
        self._before = self._last = cpu_by_part(stack)

    def __call__(self) -> float:
        """CPU seconds of all parts so far."""
        self._before, self._last = self._last, cpu_by_part(self._stack)
        return sum(self._last.values())

    def cores(self, seconds: float) -> dict[str, float]:
        """How many cores each part kept busy between the last two readings, `seconds` apart."""
        return {part: (self._last[part] - self._before[part]) / seconds for part in PARTS}
