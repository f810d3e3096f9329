"""Processes, ports and waiting: what the harness needs of the machine."""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NoReturn

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
POLL_SECONDS = 0.02
LIMIT_SECONDS = 60.0  # for what takes a second or two on a machine with nothing else to do
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def wait_until(
    happened: Callable[[], Any], *, limit_s: float = LIMIT_SECONDS, what: str = ""
) -> Any:
    """The first true value of ``happened()``. Fails when it stays false for too long."""
    ends_at = time.monotonic() + limit_s
    while not (value := happened()):
        if time.monotonic() > ends_at:
            pytest.fail(f"still waiting after {limit_s:.0f} s: {what or happened}")
        time.sleep(POLL_SECONDS)
    return value


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def lacks(what: str) -> NoReturn:
    """Skip with the name of what this machine lacks; a build machine must have everything."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"needs {what}")
    raise AssertionError


def program(name: str, *, package: str, also: str = "") -> str:
    """The path of a server's program, or a skip. ``also`` is a pattern of places off the PATH."""
    found = shutil.which(name)
    if found is None and also:
        places = sorted(Path("/").glob(also.lstrip("/")), reverse=True)
        found = str(places[0]) if places else None
    return found or lacks(f"{name} (package {package})")


def spawn(argv: list[str], **options: Any) -> "subprocess.Popen[str]":
    """Start a process in a session of its own, which ends when the test run ends."""
    options.setdefault("cwd", ROOT)
    return subprocess.Popen(
        argv,
        stdin=options.pop("stdin", subprocess.DEVNULL),
        text=True,
        start_new_session=True,
        preexec_fn=_end_with_the_run,  # noqa: PLW1509 - one system call, which takes no lock
        **options,
    )


def _end_with_the_run() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def family(pid: int) -> list[psutil.Process]:
    """A process and all that descend from it; empty when it is gone."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def end_all(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Kill what still runs, by pid; returns what had to be killed."""
    left = [process for process in processes if process.is_running()]
    for process in left:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=LIMIT_SECONDS)
    return left


def command_line(process: psutil.Process) -> str:
    """The words that it was started with; empty when it is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""
