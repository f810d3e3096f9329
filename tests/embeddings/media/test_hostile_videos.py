"""No video takes more than it may; a broken one is refused or read as it was priced."""

import io
import struct

import av
import pytest

from embeddings.media.errors import MediaError
from embeddings.media.limits import MIB, Limits
from embeddings.media.sandbox import Sandbox
from tests.embeddings.files import encoded, noise
from tests.embeddings.media.bombs import (
    STRANGERS,
    VALID,
    cover_only,
    is_video,
    of_codec,
    sound_only,
)
from tests.embeddings.media.clips import clip, numbers_of
from tests.embeddings.media.reading import SOON_S, read_video

VIDEOS = [name for name in VALID if is_video(name)]


def refusals(sandbox, data):
    """What probing and reading say against a file, None where they say nothing."""
    said = []
    for look in (
        lambda: sandbox.probe_video(data, timeout_s=SOON_S),
        lambda: sandbox.read_video(data, timeout_s=SOON_S),
    ):
        try:
            look()
        except MediaError as error:
            said.append(error)
        else:
            said.append(None)
    return said


def packets_at(data):
    """Place and size in the file of each picture."""
    with av.open(io.BytesIO(bytes(data))) as container:
        return [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_video_is_refused_whatever_it_is_called(sandbox, name):
    for error in refusals(sandbox, STRANGERS[name]()):
        assert error.code == "media_unsupported"


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF"])
def test_an_image_is_no_video_and_the_message_says_where_it_belongs(sandbox, format_):
    for error in refusals(sandbox, encoded(noise(64, 64), format_)):
        assert error.code == "media_unsupported"
        assert "image_url" in error.message


@pytest.mark.parametrize(
    "make",
    [
        lambda: of_codec("mpeg4", "mp4"),
        lambda: of_codec("mjpeg", "mov"),
        lambda: of_codec("mpeg4", "matroska"),
        lambda: of_codec("mjpeg", "matroska"),
        lambda: of_codec("ffv1", "matroska"),
        lambda: of_codec("mpeg2video", "matroska"),
    ],
)
def test_other_codecs_are_named_as_the_reason(sandbox, make):
    for error in refusals(sandbox, make()):
        assert error.code == "media_unsupported"
        assert "codec" in error.message


@pytest.mark.parametrize(
    "make", [lambda: sound_only("mp4"), lambda: sound_only("matroska"), cover_only]
)
def test_sound_and_its_cover_are_no_video(sandbox, make):
    for error in refusals(sandbox, make()):
        assert error.code == "media_unsupported"


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_a_video_may_last_two_minutes_and_no_longer(sandbox, container):
    info, _ = read_video(sandbox, clip("h264", container, frames=120, rate=1))
    assert info.seconds == 120
    for error in refusals(sandbox, clip("h264", container, frames=121, rate=1)):
        assert error.code == "media_too_large"
        assert "121.0 seconds; at most 120" in error.message


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_absurd_moments_are_a_video_that_lasts_too_long(sandbox, container):
    data = clip("h264", container, frames=3, moments=[0, 40, 40_000_000])
    for error in refusals(sandbox, data):
        assert error.code == "media_too_large"


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (Limits(video_frames_max=29), "29 frames"),
        (Limits(frame_pixels_max=96 * 64 - 1), "6,143 pixels"),
        (Limits(video_bytes_max=MIB), "1 MiB"),
        (Limits(video_seconds_max=0.9), "1.0 seconds"),
    ],
)
def test_each_limit_is_told_with_its_number(limits, what):
    data = clip(frames=30)
    if limits.video_bytes_max == MIB:
        data += bytes(MIB)
    with Sandbox(1, limits=limits) as sandbox:
        for error in refusals(sandbox, data):
            assert error.code == "media_too_large"
            assert what in error.message


def test_frames_that_are_larger_than_the_file_says_are_not_decoded():
    data = bytearray(clip(frames=4, width=320, height=240))
    at = data.rindex(b"avc1") + 4 + 24
    assert struct.unpack_from("!HH", data, at) == (320, 240)
    struct.pack_into("!HH", data, at, 16, 16)
    with Sandbox(1, limits=Limits(frame_pixels_max=10_000)) as sandbox:
        for error in refusals(sandbox, bytes(data)):
            assert error.code in {"media_too_large", "media_unsupported"}


@pytest.mark.parametrize("name", VIDEOS)
def test_a_video_that_is_cut_short_is_refused_or_read_as_it_is_priced(sandbox, name):
    data = VALID[name]()
    outcomes = set()
    for kept in (*range(0, 64, 9), *range(64, len(data), len(data) // 40)):
        errors = refusals(sandbox, data[:kept])
        if errors == [None, None]:
            info, read = read_video(sandbox, data[:kept])
            assert 1 <= info.frames <= 12
            assert set(numbers_of(read.frames)) <= set(range(12))
        else:
            assert {error.code for error in errors if error} == {"media_unsupported"}
        outcomes.add(errors == [None, None])
    assert False in outcomes


@pytest.mark.parametrize("missing", [1, 5, 11])
def test_an_index_that_promises_more_than_there_is_tells_that_the_video_was_cut(sandbox, missing):
    data = VALID["mp4, index first"]()
    ends = [sum(place) for place in packets_at(data)]
    for error in refusals(sandbox, data[: ends[-1 - missing]]):
        assert error.code == "media_unsupported"


def test_a_picture_that_cannot_be_decoded_is_the_one_still_on_screen(sandbox):
    data = bytearray(clip(frames=40, rate=10, gop=10, options={"bf": "0"}))
    whole, _ = read_video(sandbox, bytes(data))
    plan = whole.plan
    assert len(plan.indices) == 4
    start, size = packets_at(data)[plan.indices[1]]
    data[start + 4 : start + size] = bytes(size - 4)
    info, read = read_video(sandbox, bytes(data))
    assert info == whole
    shown = numbers_of(read.frames)
    assert shown[::2] == list(plan.indices)[::2]
    assert shown[1] in {plan.indices[1] - 1, plan.indices[1]}


def from_second_key_frame_on(data):
    """The video without its first group of pictures, on which some of the next are built."""
    buffer = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(buffer, "w", format="matroska") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        key_frames = 0
        for packet in source.demux(video=0):
            key_frames += packet.size > 0 and packet.is_keyframe
            if packet.size and key_frames > 1:
                packet.stream = stream
                output.mux(packet)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("hevc", {"x265-params": "log-level=none:open-gop=1:bframes=4:b-adapt=0"}),
        ("h264", {"bf": "4", "x264-params": "open-gop=1:b-adapt=0"}),
    ],
)
def test_pictures_that_lack_what_they_are_built_on_are_replaced_and_never_too_few(
    sandbox, codec, options
):
    data = from_second_key_frame_on(clip(codec, frames=90, rate=30, gop=30, options=options))
    with av.open(io.BytesIO(data)) as container:
        decodable = sum(1 for _ in container.decode(video=0))
    info, read = read_video(sandbox, data)
    assert 0 <= info.frames - decodable <= 5
    assert len(read.frames) == 4
    assert numbers_of(read.frames) == sorted(numbers_of(read.frames))


def test_a_video_that_takes_too_much_memory_is_too_large_and_the_child_lives_on():
    with Sandbox(1, limits=Limits(memory_bytes_max=150 * MIB)) as sandbox:
        small = clip(frames=4)
        read_video(sandbox, small)
        pids = sandbox.pids
        large = clip(frames=10, width=1_920, height=1_080)
        with pytest.raises(MediaError, match="memory") as caught:
            sandbox.read_video(large, timeout_s=SOON_S)
        assert caught.value.code == "media_too_large"
        read_video(sandbox, small)
        assert sandbox.pids == pids
