"""Confines itself as the real child does, tries what it should not do, and answers what it could.

It says that the video lasts as many seconds as the bits of ``ATTEMPTS`` that succeeded.
"""

import importlib
import os
import resource
import socket
import sys
import tempfile
import threading
from pathlib import Path

from embeddings.media import confinement
from embeddings.media.wire import Answer, Reason, send_answer
from tests.embeddings.media.children import begun, limits, requests


def _start_thread():
    thread = threading.Thread(target=int)
    thread.start()


def _raise_limit_of_parent():
    resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)


def _find_environment():
    if not set(os.environ) & {"DJANGO_SECRET_KEY", "PATH", "HOME", "DATABASE_URL"}:
        raise OSError


def _find_heavy_modules():
    if not {"django", "torch", "numpy"} & set(sys.modules):
        raise OSError


WRITTEN = Path(tempfile.gettempdir()) / f"written-by-{os.getpid()}"
ATTEMPTS = {
    "read a file": Path("/etc/hosts").read_bytes,
    "write a file": lambda: WRITTEN.write_bytes(b"x"),
    "look into a folder": lambda: list(Path("/").iterdir()),
    "remove a file": WRITTEN.unlink,
    "make a folder": WRITTEN.mkdir,
    "open a socket": socket.socket,
    "open a pair of sockets": socket.socketpair,
    "duplicate what is open": lambda: os.dup(0),
    "fork": lambda: os.fork() or os._exit(0),
    "start a thread": _start_thread,
    "start a program": lambda: os.execv("/bin/true", ["true"]),
    "signal its parent": lambda: os.kill(os.getppid(), 0),
    "reach its parent's limits": _raise_limit_of_parent,
    "allow itself more memory": lambda: resource.setrlimit(
        resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2
    ),
    "allow itself more files": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99)),
    "take too much memory": lambda: bytearray(limits().memory_bytes_max),
    "read the environment": _find_environment,
    "be heavy": _find_heavy_modules,
}


# Those that leave nothing behind and go on: shown to succeed where nothing confines.
HARMLESS = (
    "read a file",
    "look into a folder",
    "open a socket",
    "open a pair of sockets",
    "duplicate what is open",
    "start a thread",
    "signal its parent",
    "reach its parent's limits",
    "allow itself more files",
)


def succeeded(names):
    """A bit for each attempt that did not fail."""
    could = 0
    for place, (name, attempt) in enumerate(ATTEMPTS.items()):
        if name in names:
            try:
                attempt()
            except (OSError, ValueError, RuntimeError, MemoryError):
                continue
            could |= 1 << place
    return could


def main():
    channel = begun()
    importlib.import_module("embeddings.media.frames")
    confinement.confine(limits().memory_bytes_max)
    for _ in requests(channel):
        answer = Answer(Reason.SECONDS, seconds=float(succeeded(ATTEMPTS)))
        send_answer(channel, answer, ())
