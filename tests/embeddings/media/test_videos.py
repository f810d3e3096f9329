"""The frames of a plan are exactly those that come out, however the video is made."""

import io

import av
import numpy as np
import pytest
from PIL import Image

from tests.embeddings.media.clips import CODECS, clip, numbers_of
from tests.embeddings.media.reading import read_video

CONTAINERS = [
    ("h264", "mp4"),
    ("h264", "mov"),
    ("h264", "matroska"),
    ("hevc", "mp4"),
    ("hevc", "matroska"),
    ("vp8", "webm"),
    ("vp9", "webm"),
    ("vp9", "mp4"),
    ("av1", "mp4"),
    ("av1", "webm"),
]


def decoded(data):
    """All frames of a video, decoded one after the other."""
    with av.open(io.BytesIO(data)) as container:
        return [frame.to_image() for frame in container.decode(video=0)]


def resized(image, height, width):
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))


@pytest.mark.parametrize(("codec", "container"), CONTAINERS)
@pytest.mark.parametrize("frames", [1, 2, 3, 40])
def test_every_codec_and_container_is_read(sandbox, codec, container, frames):
    info, read = read_video(sandbox, clip(codec, container, frames=frames))
    assert (info.width, info.height, info.frames) == (96, 64, frames)
    assert info.seconds == pytest.approx(frames / 30)
    assert numbers_of(read.frames) == list(read.plan.indices)


@pytest.mark.parametrize("codec", CODECS)
def test_pixels_are_those_of_a_decoder_that_reads_it_all(sandbox, codec):
    data = clip(codec, frames=150, rate=15, width=80, height=48, gop=40)
    _, read = read_video(sandbox, data)
    all_frames = decoded(data)
    assert len(read.plan.indices) == 10
    for index, pixels in zip(read.plan.indices, read.frames, strict=True):
        assert np.array_equal(pixels, resized(all_frames[index], *pixels.shape[:2]))


@pytest.mark.parametrize(
    ("codec", "options"),
    [
        ("h264", {"bf": "4", "x264-params": "open-gop=1:b-pyramid=normal"}),
        ("h264", {"bf": "0"}),
        ("hevc", {"x265-params": "log-level=none:open-gop=1:bframes=4"}),
        ("h264", {"x264-params": "interlaced=1"}),
    ],
)
def test_pictures_that_stand_behind_a_key_frame_and_show_before_it_are_found(
    sandbox, codec, options
):
    data = clip(codec, frames=150, rate=10, gop=20, options=options)
    info, read = read_video(sandbox, data)
    assert info.frames == 150
    assert numbers_of(read.frames) == list(read.plan.indices)


@pytest.mark.parametrize(
    ("frames", "rate", "gop", "count"),
    [(100, 1, 12, 64), (1_200, 120, 120, 10), (240, 24, 250, 10), (50, 25, 1, 4)],
)
@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_rates_from_one_to_a_hundred_and_twenty_a_second(
    sandbox, container, frames, rate, gop, count
):
    info, read = read_video(sandbox, clip("h264", container, frames=frames, rate=rate, gop=gop))
    assert info.seconds == frames / rate
    assert len(read.frames) == count
    assert numbers_of(read.frames) == list(read.plan.indices)


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_frames_of_unequal_length_are_counted_one_by_one(sandbox, container):
    moments = [0, 10, 20, 500, 510, 1_200, 3_000, 3_050, 4_000, 6_960]
    info, read = read_video(sandbox, clip("h264", container, frames=10, moments=moments))
    assert info.frames == 10
    assert 6.9 <= info.seconds <= 9.0
    assert numbers_of(read.frames) == list(read.plan.indices)


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_a_video_that_starts_late_lasts_as_long_as_it_shows(sandbox, container):
    moments = [5_000 + 100 * number for number in range(30)]
    data = clip("h264", container, frames=30, rate=10, moments=moments)
    info, read = read_video(sandbox, data)
    assert (info.frames, info.seconds) == (30, pytest.approx(3.0, abs=0.11))
    assert numbers_of(read.frames) == list(read.plan.indices)


@pytest.mark.parametrize("size", [(33, 35), (161, 99), (16, 300), (1_279, 17), (640, 4)])
@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_odd_and_tiny_and_long_sizes(sandbox, codec, size):
    width, height = size
    even = (width & ~1, height & ~1) if codec == "h264" else size
    info, read = read_video(sandbox, clip(codec, frames=4, width=even[0], height=even[1]))
    assert (info.width, info.height) == even
    assert numbers_of(read.frames) == list(read.plan.indices)


@pytest.mark.parametrize(
    ("container", "turn", "mirrored"),
    [
        *(("mp4", turn, mirrored) for turn in (0, 90, 180, 270) for mirrored in (False, True)),
        *(("matroska", turn, False) for turn in (0, 90, 180, 270)),
    ],
)
def test_a_turned_video_is_read_as_players_show_it(sandbox, container, turn, mirrored):
    plain = clip("h264", "mp4", frames=4, width=160, height=96)
    turned = clip("h264", container, frames=4, width=160, height=96, turn=turn, mirrored=mirrored)
    info, read = read_video(sandbox, turned)
    assert (info.width, info.height) == ((96, 160) if turn in (90, 270) else (160, 96))
    for index, pixels in zip(read.plan.indices, read.frames, strict=True):
        upright = decoded(plain)[index].rotate(turn, expand=True)
        if mirrored:
            upright = upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        assert np.array_equal(pixels, resized(upright, *pixels.shape[:2]))


def test_sound_is_left_alone(sandbox):
    with_sound = read_video(sandbox, clip(frames=60, sound=True))
    without = read_video(sandbox, clip(frames=60))
    assert with_sound[0] == without[0]
    assert np.array_equal(with_sound[1].frames, without[1].frames)


@pytest.mark.parametrize("pixel_format", ["yuv444p", "yuv420p10le", "yuvj420p"])
def test_other_pixel_formats_become_rgb_too(sandbox, pixel_format):
    _, read = read_video(sandbox, clip(frames=30, pixel_format=pixel_format))
    assert numbers_of(read.frames) == list(read.plan.indices)


@pytest.mark.parametrize("codec", ["h264", "vp8", "vp9"])
def test_a_recording_that_was_written_as_it_came_has_no_index_and_is_read(sandbox, codec):
    data = clip(codec, "matroska", frames=60, container_options={"live": "1"})
    info, read = read_video(sandbox, data)
    assert (info.frames, info.seconds) == (60, pytest.approx(2.0, abs=0.04))
    assert numbers_of(read.frames) == list(read.plan.indices)


def test_a_fragmented_mp4_is_read(sandbox):
    data = clip(
        frames=60, container_options={"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    )
    info, read = read_video(sandbox, data)
    assert (info.frames, info.seconds) == (60, pytest.approx(2.0, abs=0.04))
    assert numbers_of(read.frames) == list(read.plan.indices)


@pytest.mark.parametrize("skipped", [1, 5, 20])
def test_what_an_edit_list_cuts_off_is_neither_counted_nor_read(sandbox, skipped):
    data = bytearray(clip(frames=60, gop=30, options={"bf": "0"}))
    # Box: size, "elst", version and flags, entries, then duration and start of the first one.
    at = data.index(b"elst") + 12
    start = int.from_bytes(data[at + 4 : at + 8], "big")
    data[at + 4 : at + 8] = (start + skipped * 512).to_bytes(4, "big")
    shown = len(decoded(bytes(data)))
    info, read = read_video(sandbox, bytes(data))
    assert info.frames == shown == 60 - skipped
    assert numbers_of(read.frames) == [index + skipped for index in read.plan.indices]


@pytest.mark.parametrize(("codec", "show_bit"), [("vp8", 0x10), ("vp9", 0x02)])
def test_frames_that_are_only_referred_to_are_neither_counted_nor_read(sandbox, codec, show_bit):
    data = bytearray(clip(codec, frames=20, gop=1))
    hidden = {3, 4, 11}
    with av.open(io.BytesIO(data)) as container:
        packets = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    for number in hidden:
        data[data.index(packets[number])] &= ~show_bit
    data = bytes(data)
    kept = [number for number in range(20) if number not in hidden]
    info, read = read_video(sandbox, data)
    assert info.frames == len(decoded(data)) == len(kept)
    assert numbers_of(read.frames) == [kept[index] for index in read.plan.indices]
