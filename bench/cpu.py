"""What the processes of a target used: CPU time and memory, read from /proc."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Process:
    """One line of /proc/PID/stat.

    `cpu_s` includes its children that ended. No two processes share `pid` and `started`.
    """

    pid: int
    name: str
    parent: int
    session: int
    started: int
    ended: bool
    cpu_s: float


def processes() -> list[Process]:
    """Every process of this machine."""
    pids = [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]
    return [process for pid in pids if (process := _read(pid))]


def _read(pid: int) -> Process | None:
    """None when the process ended meanwhile. Field numbers are those of proc(5), less 3."""
    try:
        stat = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    name, rest = stat[stat.index("(") + 1 :].rsplit(")", 1)
    fields = rest.split()
    ticks = sum(int(fields[at]) for at in (11, 12, 13, 14))
    return Process(
        pid=pid,
        name=name,
        parent=int(fields[1]),
        session=int(fields[3]),
        started=int(fields[19]),
        ended=fields[0] in "ZX",
        cpu_s=ticks / TICKS_PER_SECOND,
    )


def busy_s() -> float:
    """CPU seconds that all cores of this machine have worked, or had to wait for their host."""
    first = (PROC / "stat").read_text().partition("\n")[0].split()
    user, nice, system, _idle, _waiting, irq, softirq, steal = map(int, first[1:9])
    return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND


def family(root: int, everyone: Iterable[Process]) -> list[Process]:
    """`root`, all that descend from it, and all that share its session."""
    everyone = list(everyone)
    members = {root}
    members |= {process.pid for process in everyone if process.session == root}
    grown = True
    while grown:
        children = {process.pid for process in everyone if process.parent in members}
        grown = not children <= members
        members |= children
    return [process for process in everyone if process.pid in members]


def seconds_since_start(pid: int) -> float:
    """The age of a process; 0 when it has ended."""
    process = _read(pid)
    if process is None:
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - process.started / TICKS_PER_SECOND


def ancestor_below(root: int, pid: int) -> int:
    """The child of `root` that `pid` is or descends from; `pid` when it is not of that family."""
    parents = {process.pid: process.parent for process in processes()}
    at = pid
    while parents.get(at, 0) not in (0, root):
        at = parents[at]
    return at if parents.get(at) == root else pid


def named(names: frozenset[str], everyone: Iterable[Process]) -> list[Process]:
    """The processes that run one of these programs."""
    return [process for process in everyone if process.name in names]


def cpu_clock(root: int, services: frozenset[str] = frozenset()) -> Callable[[], float]:
    """A clock of the CPU seconds that a process family, and services by program name, have used."""

    def read() -> float:
        everyone = processes()
        counted = {p.pid: p.cpu_s for p in family(root, everyone) + named(services, everyone)}
        return sum(counted.values())

    return read


def resident_mb(pid: int) -> float:
    """Resident memory of one process in MB (10^6 bytes); 0 when it has ended."""
    return _status_kb(pid, "VmRSS") * 1024 / 1e6


def _status_kb(pid: int, field: str) -> int:
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except OSError:
        return 0
    values = [line.split()[1] for line in lines if line.startswith(field + ":")]
    return int(values[0]) if values else 0


def command_line(pid: int) -> str:
    """The arguments of a process, joined by spaces; empty when it has ended."""
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""
