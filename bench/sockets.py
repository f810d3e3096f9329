"""Which processes hold which TCP sockets, read from /proc."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

LISTENING = "0A"
ESTABLISHED = "01"
LOCAL, REMOTE, STATE, INODE = 1, 2, 3, 9  # columns of /proc/net/tcp


def listening_pids(port: int, pids: Iterable[int]) -> list[int]:
    """Those of `pids` that hold a listening socket on `port`: the web processes."""
    wanted = _sockets(port, LOCAL, LISTENING)
    return [pid for pid in pids if wanted & _held_by(pid)]


def connections_to(port: int, pid: int) -> int:
    """How many connections a process has open to `port`, of any machine."""
    return len(_sockets(port, REMOTE, ESTABLISHED) & _held_by(pid))


def _sockets(port: int, column: int, state: str) -> set[str]:
    """The sockets with this port in this column, named as the links in /proc/PID/fd name them."""
    found = set()
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net") / table
        for line in path.read_text().splitlines()[1:] if path.exists() else []:
            fields = line.split()
            if fields[STATE] == state and int(fields[column].rpartition(":")[2], 16) == port:
                found.add(f"socket:[{fields[INODE]}]")
    return found


def _held_by(pid: int) -> set[str]:
    found = set()
    try:
        for entry in (Path("/proc") / str(pid) / "fd").iterdir():
            found.add(_link(entry))
    except OSError:  # the process has ended
        pass
    return found


def _link(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:  # closed meanwhile
        return ""
