"""Videos made for tests. Every frame shows its number, so that a test can tell which one it got."""

import io
import os
from contextlib import contextmanager
from fractions import Fraction

import av
import numpy as np

ROWS, COLUMNS = 2, 6  # of black and white blocks: the number's binary digits
# Codec of PyAV, container, name in the container, options that make it quick and quiet.
CODECS = {
    "h264": ("libx264", "mp4", {"preset": "veryfast", "bf": "2"}),
    "hevc": ("libx265", "mp4", {"preset": "ultrafast", "x265-params": "log-level=none:bframes=3"}),
    "vp8": ("libvpx", "webm", {"deadline": "realtime", "auto-alt-ref": "1", "lag-in-frames": "16"}),
    "vp9": ("libvpx-vp9", "webm", {"cpu-used": "4", "lag-in-frames": "16", "auto-alt-ref": "1"}),
    "av1": ("libsvtav1", "mp4", {"preset": "12", "svtav1-params": "lp=1"}),
}


def numbered(number, width, height, format_="rgb24"):
    """A frame that shows its number."""
    digits = [number >> place & 1 for place in range(ROWS * COLUMNS)]
    blocks = np.array(digits, np.uint8).reshape(ROWS, COLUMNS) * 160 + 48
    rows = np.arange(height) * ROWS // height
    columns = np.arange(width) * COLUMNS // width
    pixels = blocks[rows][:, columns][..., None].repeat(3, 2)
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(
        format=format_
    )


def number_of(pixels):
    """The number that an RGB frame shows, whatever its size."""
    height, width = pixels.shape[:2]
    grey = pixels.mean(2)
    digits = [
        grey[(2 * row + 1) * height // (2 * ROWS), (2 * column + 1) * width // (2 * COLUMNS)] > 128
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]
    return sum(int(digit) << place for place, digit in enumerate(digits))


def numbers_of(frames):
    """The numbers that frames show."""
    return [number_of(frame) for frame in frames]


def clip(
    codec="h264",
    container=None,
    *,
    frames=30,
    rate=30,
    width=96,
    height=64,
    gop=12,
    moments=None,
    turn=None,
    mirrored=False,
    sound=False,
    pixel_format="yuv420p",
    options=None,
    container_options=None,
):
    """The bytes of a video. ``moments`` are the times of the frames in units of 1/1000 second."""
    encoder, usual, quick = CODECS[codec]
    if codec == "hevc" and frames <= 3:
        # x265 leaves the times of fewer frames than it reorders to chance: a muxer may refuse them.
        quick = quick | {"x265-params": "log-level=none:bframes=0"}
    buffer = io.BytesIO()
    with (
        quiet(),
        usual_priority(),
        av.open(buffer, "w", format=container or usual, options=container_options or {}) as output,
    ):
        stream = output.add_stream(encoder, rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, pixel_format
        stream.codec_context.gop_size = gop
        stream.options = quick | (options or {})
        unit = Fraction(1, rate) if moments is None else Fraction(1, 1_000)
        stream.codec_context.time_base = unit
        if turn is not None:
            stream.set_display_rotation(turn, hflip=mirrored)
        audio = output.add_stream("aac", rate=8_000) if sound else None
        for number in range(frames):
            frame = numbered(number, width, height, pixel_format)
            frame.pts, frame.time_base = number if moments is None else moments[number], unit
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
        if audio:
            hum(output, audio, frames / rate)
    return buffer.getvalue()


def hum(output, stream, seconds):
    """Write silence."""
    for start in range(0, int(seconds * 8_000), 1_024):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1_024), np.float32), "fltp", "mono")
        frame.sample_rate, frame.pts = 8_000, start
        output.mux(stream.encode(frame))
    output.mux(stream.encode())


@contextmanager
def usual_priority():
    """SVT-AV1 gives a thread of root's the highest real-time priority, and leaves it so.

    Whatever that process started afterwards (Node, Chromium) had it too, and could keep the kernel
    itself from running: a machine of two cores stood still for half an hour.
    """
    policy, rank = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, rank)


@contextmanager
def quiet():
    """Some encoders write to the terminal whatever one tells them."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nothing)
