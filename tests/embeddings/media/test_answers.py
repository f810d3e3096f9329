"""The parent believes of an answer only what an honest child would say, and reads no more."""

import pytest

from embeddings.media.limits import MIB
from tests.embeddings.media.misbehaving import FINE, HEAD, SHORT, misbehaving, probe, refused
from tests.embeddings.media.reading import SOON_S

LIES = {
    "no reason": HEAD.pack(99, 64, 64, 0, 0.0),
    "text": b"HTTP/1.1 200 OK\r\n\r\n" + bytes(9),
    "no pixels": HEAD.pack(FINE, 0, 64, 0, 0.0),
    "too many pixels": HEAD.pack(FINE, 2**32 - 1, 2**32 - 1, 0, 0.0),
    "too thin": HEAD.pack(FINE, 1, 4_000, 0, 0.0),
}
VIDEO_LIES = {
    "no frames": HEAD.pack(FINE, 64, 64, 0, 1.0),
    "too many frames": HEAD.pack(FINE, 64, 64, 2**31, 1.0),
    "too large": HEAD.pack(FINE, 9_999, 9_999, 10, 1.0),
    "too long": HEAD.pack(FINE, 64, 64, 10, 1e9),
    "before the start": HEAD.pack(FINE, 64, 64, 10, -1.0),
    "no number": HEAD.pack(FINE, 64, 64, 10, float("nan")),
    "endless": HEAD.pack(FINE, 64, 64, 10, float("inf")),
    "too thin": HEAD.pack(FINE, 9_000, 32, 10, 1.0),
}


@pytest.mark.parametrize("lie", LIES)
def test_what_an_honest_child_would_not_say_of_an_image_is_not_believed(lie):
    with misbehaving("says") as sandbox:
        assert refused(probe, sandbox, LIES[lie]).code == "media_unsupported"
        look = sandbox.read_image
        error = refused(look, LIES[lie], tokens_max=256, timeout_s=SOON_S)
        assert error.code == "media_unsupported"


@pytest.mark.parametrize("lie", VIDEO_LIES)
def test_what_an_honest_child_would_not_say_of_a_video_is_not_believed(lie):
    with misbehaving("says") as sandbox:
        for look in (sandbox.probe_video, sandbox.read_video):
            assert refused(look, VIDEO_LIES[lie], timeout_s=SOON_S).code == "media_unsupported"


@pytest.mark.parametrize("missing", [1, 3 * 64 * 64])
def test_pixels_that_do_not_come_are_not_made_up(missing):
    answer = HEAD.pack(FINE, 64, 64, 0, 0.0) + bytes(3 * 64 * 64 - missing)
    with misbehaving("says", SHORT) as sandbox:
        error = refused(sandbox.read_image, answer, tokens_max=256, timeout_s=SOON_S)
        assert error.code == "media_too_large"


@pytest.mark.parametrize("more", [1, MIB])
def test_a_child_that_says_more_than_its_answer_gets_no_other_job(more):
    answer = HEAD.pack(FINE, 64, 64, 0, 0.0)
    with misbehaving("says") as sandbox:
        assert probe(sandbox, answer).width == 64
        (first,) = sandbox.pids
        assert probe(sandbox, answer).width == 64
        assert sandbox.pids == [first]
        assert probe(sandbox, answer + bytes(more)).width == 64
        assert sandbox.pids == []


def test_a_child_that_never_stops_speaking_is_read_up_to_its_answer():
    answer = HEAD.pack(FINE, 64, 64, 0, 0.0)
    with misbehaving("floods") as sandbox:
        pixels = sandbox.read_image(answer, tokens_max=256, timeout_s=SOON_S)
        assert pixels.shape == (64, 64, 3)
        assert sandbox.pids == []
