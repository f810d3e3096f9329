"""Sandboxes of children that misbehave, and how a test looks at them."""

import struct
import threading
import time
from pathlib import Path

import pytest

from embeddings.media.errors import MediaError
from embeddings.media.limits import Limits
from embeddings.media.sandbox import Sandbox
from tests.embeddings.files import encoded, noise
from tests.embeddings.media.reading import SOON_S

CHILDREN = "tests.embeddings.media.children"
SHORT = Limits(image_wall_seconds_max=0.2, video_wall_seconds_max=0.2)
HEAD = struct.Struct("!BIIId")  # reason, width, height, frames, seconds
FINE = 0
GOOD = encoded(noise(64, 64), "PNG")


def misbehaving(name, limits=None, processes=1):
    """A sandbox whose children are a module of ``children``."""
    return Sandbox(processes, limits=limits, module=f"{CHILDREN}.{name}")


def probe(sandbox, data=GOOD, timeout_s=SOON_S):
    """Ask for an image's size."""
    return sandbox.probe_image(data, timeout_s=timeout_s)


def refused(look, *arguments, **more):
    """The error that a look at a file ends in."""
    with pytest.raises(MediaError) as caught:
        look(*arguments, **more)
    return caught.value


def is_gone(pid):
    """Whether a process has ended, reaped by whoever inherited it or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def wait_until(condition):
    """Wait for other processes and threads, which wake nobody here."""
    ends_at = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < ends_at
        threading.Event().wait(0.005)
