"""No picture takes more than it may, and what is none is told so."""

import numpy as np
import pytest

from embeddings.media.errors import MediaError
from embeddings.media.limits import MIB, Limits
from embeddings.media.sandbox import Sandbox
from tests.embeddings.files import encoded, noise
from tests.embeddings.media.bombs import BOMBS, STRANGERS, VALID, gif, is_video, jpeg, png, webp
from tests.embeddings.media.clips import clip
from tests.embeddings.media.reading import SOON_S, read_image

IMAGES = [name for name in VALID if not is_video(name)]


def refusals(sandbox, data):
    """What probing and reading say against a file, None where they say nothing."""
    said = []
    for look in (
        lambda: sandbox.probe_image(data, timeout_s=SOON_S),
        lambda: sandbox.read_image(data, tokens_max=256, timeout_s=SOON_S),
    ):
        try:
            look()
        except MediaError as error:
            said.append(error)
        else:
            said.append(None)
    return said


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_or_read_without_harm(sandbox, name):
    read_image(sandbox, encoded(noise(32, 32), "PNG"))
    children = sandbox.pids
    for error in refusals(sandbox, BOMBS[name]()):
        assert error is None or error.code in {"media_too_large", "media_unsupported"}
    assert sandbox.pids == children, "it was no reason to lose a process"


@pytest.mark.parametrize(
    "data",
    [
        png(50_000, 50_000),
        gif((65_535, 65_535)),
        gif((8, 8), (65_535, 65_535)),
        jpeg(65_500, 65_500),
        webp(16_384, 16_384),
        png(7_072, 7_071),
        jpeg(7_072, 7_071),
        webp(7_072, 7_071),
    ],
    ids=["png", "gif", "gif frame", "jpeg", "webp", "png just", "jpeg just", "webp just"],
)
def test_too_many_pixels_are_refused_from_the_header(sandbox, data):
    for error in refusals(sandbox, data):
        assert error.code == "media_too_large"
        assert "50,000,000 pixels" in error.message


def test_as_many_pixels_as_allowed_are_read():
    with Sandbox(1, limits=Limits(image_pixels_max=96 * 64)) as sandbox:
        for format_ in ("JPEG", "PNG", "WEBP", "GIF"):
            read_image(sandbox, encoded(noise(96, 64), format_))
            errors = refusals(sandbox, encoded(noise(97, 64), format_))
            assert [error.code for error in errors] == ["media_too_large"] * 2


def test_too_many_bytes_are_refused_before_any_process_sees_them():
    with Sandbox(1, limits=Limits(image_bytes_max=2 * MIB)) as sandbox:
        for error in refusals(sandbox, bytes(2 * MIB + 1)):
            assert (error.code, "2 MiB" in error.message) == ("media_too_large", True)
        assert sandbox.pids == []


@pytest.mark.parametrize("name", STRANGERS)
def test_what_is_no_image_is_refused_whatever_it_is_called(sandbox, name):
    for error in refusals(sandbox, STRANGERS[name]()):
        assert error.code == "media_unsupported"


@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_a_video_is_no_image_and_the_message_says_where_it_belongs(sandbox, codec):
    for error in refusals(sandbox, clip(codec, frames=2)):
        assert error.code == "media_unsupported"
        assert "video_url" in error.message


@pytest.mark.parametrize("name", IMAGES)
def test_a_picture_that_is_cut_short_is_refused_unless_all_of_its_pixels_are_there(sandbox, name):
    data = VALID[name]()
    _, whole = read_image(sandbox, data)
    for kept in (*range(0, 40, 3), *range(40, len(data), len(data) // 30)):
        try:
            _, pixels = read_image(sandbox, data[:kept])
        except MediaError as error:
            assert error.code == "media_unsupported"
        else:
            assert np.array_equal(pixels, whole), kept
            assert kept > 0.9 * len(data)


@pytest.mark.parametrize("name", IMAGES)
def test_messages_are_ours_alone(sandbox, name):
    data = VALID[name]()
    error = refusals(sandbox, data[: len(data) // 2])[1]
    assert error.message == (
        "The image cannot be read: it is damaged or cut short. Save it again and resend it."
    )
