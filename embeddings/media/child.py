"""The process in which customers' files are opened: takes a job, answers it, takes the next.

Started by ``embeddings.media.process`` with the limits and the parent's process id as arguments
and the parent's socket as standard input. Imports neither Django nor numpy nor torch.
"""

import gc
import importlib
import json
import socket
import sys
import warnings
from collections.abc import Sequence
from io import BytesIO

import av.logging

from embeddings.media import confinement
from embeddings.media.frames import probe_video, read_video
from embeddings.media.geometry import RatioTooLarge
from embeddings.media.images import probe_image, read_image
from embeddings.media.limits import Limits
from embeddings.media.wire import (
    READY,
    Answer,
    Job,
    Reason,
    Refused,
    receive_into,
    receive_request,
    send_answer,
)

# Imported by Pillow and PyAV only when some file makes them, which is too late here.
_IMPORTED_LATE = (
    *("av.audio.stream", "av.audio.codeccontext", "av.subtitles.stream", "av.video.stream"),
    *("av.subtitles.codeccontext", "av.video.codeccontext", "copy"),
    *("PIL.ImageColor", "PIL.ImagePalette", "PIL.TiffImagePlugin"),
)


def main() -> None:
    """Serve until the parent closes the socket."""
    limits, parent_pid = Limits(**json.loads(sys.argv[1])), int(sys.argv[2])
    confinement.die_with(parent_pid)
    channel = socket.socket(fileno=sys.stdin.fileno())
    av.logging.set_level(None)
    warnings.simplefilter("ignore")  # a shown one would look for the source file
    for name in _IMPORTED_LATE:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    confinement.confine(limits.memory_bytes_max)
    channel.sendall(READY)
    while _serve(channel, limits):
        gc.collect()  # libav's objects refer to each other in circles


def _serve(channel: socket.socket, limits: Limits) -> bool:
    request = receive_request(channel)
    if request is None:
        return False
    job, tokens_max, size_bytes = request
    file = BytesIO(bytes(size_bytes))
    with file.getbuffer() as room:
        if not receive_into(channel, room):
            return False
    answer, pixels = _answer(job, file, limits, tokens_max)
    send_answer(channel, answer, pixels)
    return True


def _answer(
    job: Job, file: BytesIO, limits: Limits, tokens_max: int
) -> tuple[Answer, Sequence[bytes]]:
    """Whatever goes wrong is the file's fault, and told without a word of the decoder's."""
    confinement.allow_cpu(
        limits.video_cpu_seconds_max if job.of_video else limits.image_cpu_seconds_max
    )
    try:
        return _do(job, file, limits, tokens_max)
    except Refused as refused:
        return refused.answer, ()
    except RatioTooLarge:
        return Answer(Reason.RATIO), ()
    except MemoryError:
        return Answer(Reason.MEMORY), ()
    except Exception:
        return Answer(job.broken), ()


def _do(job: Job, file: BytesIO, limits: Limits, tokens_max: int) -> tuple[Answer, Sequence[bytes]]:
    match job:
        case Job.PROBE_IMAGE:
            return probe_image(file, limits), ()
        case Job.READ_IMAGE:
            answer, pixels = read_image(file, limits, tokens_max)
            return answer, (pixels,)
        case Job.PROBE_VIDEO:
            return probe_video(file, limits), ()
        case Job.READ_VIDEO:
            return read_video(file, limits)
