"""What the two sides of a sandbox say to each other: fixed sizes, numbers only, no pickle.

A request is a head and the file's bytes. An answer is a head and, when something was read, the
pixels: how many follow is for the parent to know from ``embeddings.media.geometry``.
"""

import socket
import struct
import time
from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

READY = b"+"
_REQUEST = struct.Struct("!BIQ")
_ANSWER = struct.Struct("!BIIId")


class Job(IntEnum):
    """What a child can be asked to do with a file."""

    PROBE_IMAGE = 1
    READ_IMAGE = 2
    PROBE_VIDEO = 3
    READ_VIDEO = 4

    @property
    def of_video(self) -> bool:
        """Whether the file has to be a video."""
        return self in {Job.PROBE_VIDEO, Job.READ_VIDEO}

    @property
    def broken(self) -> "Reason":
        """What the file is refused for when nothing better is known."""
        return Reason.VIDEO_BROKEN if self.of_video else Reason.IMAGE_BROKEN


class Reason(IntEnum):
    """How a job ended. All but the first refuse the file."""

    FINE = 0
    NO_IMAGE = 1
    NO_VIDEO = 2
    IMAGE_IS_VIDEO = 3
    VIDEO_IS_IMAGE = 4
    IMAGE_BROKEN = 5
    VIDEO_BROKEN = 6
    CODEC = 7
    PIXELS = 8
    FRAME_PIXELS = 9
    FRAMES = 10
    SECONDS = 11
    MEMORY = 12
    # These the parent finds out by itself.
    RATIO = 13
    IMAGE_BYTES = 14
    VIDEO_BYTES = 15
    TIME = 16


class Answer(NamedTuple):
    """The head of an answer: sides in pixels as they are to be seen, and a video's length."""

    reason: Reason
    width: int = 0
    height: int = 0
    frames: int = 0
    seconds: float = 0.0


class Refused(Exception):  # noqa: N818 - named by what happened, as in engine.base
    """Raised in a child where a file turns out to be one that is not read."""

    def __init__(self, reason: Reason, *, seconds: float = 0.0) -> None:
        super().__init__(reason.name)
        self.answer = Answer(reason, seconds=seconds)


class Garbage(Exception):  # noqa: N818 - as above
    """Bytes that are no message of this protocol."""


def pack_request(job: Job, tokens_max: int, size_bytes: int) -> bytes:
    """The head of a request."""
    return _REQUEST.pack(job, tokens_max, size_bytes)


def receive_request(channel: socket.socket) -> tuple[Job, int, int] | None:
    """Job, most tokens and size in bytes of the next request; None when the parent has gone."""
    head = bytearray(_REQUEST.size)
    if not receive_into(channel, memoryview(head)):
        return None
    job, tokens_max, size_bytes = _REQUEST.unpack(head)
    return Job(job), tokens_max, size_bytes


def send_answer(channel: socket.socket, answer: Answer, pixels: Iterable[bytes]) -> None:
    """Send the head and what was read."""
    channel.sendall(_ANSWER.pack(*answer))
    for part in pixels:
        channel.sendall(part)


def receive_answer(channel: socket.socket, ends_at: float) -> Answer:
    """The head of an answer. Raises ``EOFError``, ``TimeoutError``, ``Garbage``."""
    head = bytearray(_ANSWER.size)
    if not receive_into(channel, memoryview(head), ends_at):
        raise EOFError
    reason, width, height, frames, seconds = _ANSWER.unpack(head)
    try:
        return Answer(Reason(reason), width, height, frames, seconds)
    except ValueError as error:
        raise Garbage from error


def receive_into(channel: socket.socket, room: memoryview, ends_at: float | None = None) -> bool:
    """Fill all of ``room``; False when the other side closed before that.

    Raises ``TimeoutError`` when ``time.monotonic()`` passes ``ends_at``.
    """
    filled = 0
    while filled < len(room):
        if ends_at is not None:
            channel.settimeout(seconds_until(ends_at))
        count = channel.recv_into(room[filled:])
        if count == 0:
            return False
        filled += count
    return True


def seconds_until(ends_at: float) -> float:
    """How long is left, more than 0. Raises ``TimeoutError`` when nothing is."""
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
