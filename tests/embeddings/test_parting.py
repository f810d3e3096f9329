"""A process that is asked to end says farewell first; who asks twice is obeyed at once."""

import signal
import subprocess
import sys

PROGRAM = """
import signal, sys, threading
from embeddings.parting import Parting

told = threading.Event()

def usual(number, frame):
    print("usual", signal.Signals(number).name, flush=True)
    told.set()

signal.signal(signal.SIGTERM, usual)
signal.signal(signal.SIGINT, usual)

def before():
    print("farewell", flush=True)
    if sys.argv[1] == "fails":
        raise RuntimeError("Redis is away")
    if sys.argv[1] == "hangs":
        told.wait()  # until somebody asks again

parting = Parting(before)
print("ready", flush=True)
told.wait()
for thread in threading.enumerate():
    if thread.name == "parting":
        thread.join()
"""


def _asked(how: str, *numbers: signal.Signals) -> list[str]:
    """What the program prints when it gets these signals, each after it said something."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, how],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        lines = []
        for number in numbers:
            process.send_signal(number)
            lines.append(process.stdout.readline().strip())
        lines += [line.strip() for line in process.stdout]
        assert process.wait(60) == 0
    return lines


def test_the_farewell_comes_first_then_the_usual_end():
    assert _asked("waits", signal.SIGTERM) == ["farewell", "usual SIGTERM"]
    assert _asked("waits", signal.SIGINT) == ["farewell", "usual SIGINT"]


def test_a_farewell_that_fails_keeps_nobody():
    assert _asked("fails", signal.SIGTERM) == ["farewell", "usual SIGTERM"]


def test_who_asks_again_is_obeyed_at_once_and_once():
    assert _asked("hangs", signal.SIGTERM, signal.SIGTERM) == ["farewell", "usual SIGTERM"]
