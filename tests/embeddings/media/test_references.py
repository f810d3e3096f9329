"""What a file refers to outside of itself is neither connected to nor read."""

import socket

import av
import pytest

from embeddings.media.errors import MediaError
from tests.embeddings.files import encoded, noise
from tests.embeddings.media.clips import clip
from tests.embeddings.media.reading import SOON_S, read_video
from tests.embeddings.media.references import (
    playlists,
    with_pictures_elsewhere,
    with_pictures_here,
)

FOLLOWING = {"enable_drefs": "1", "use_absolute_path": "1"}


@pytest.fixture
def canary():
    """A listening socket on this machine; nobody may have knocked at the end."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server
        with pytest.raises(BlockingIOError):
            server.accept()


def looks(sandbox, data):
    return (
        lambda: sandbox.probe_video(data, timeout_s=SOON_S),
        lambda: sandbox.read_video(data, timeout_s=SOON_S),
        lambda: sandbox.probe_image(data, timeout_s=SOON_S),
        lambda: sandbox.read_image(data, tokens_max=256, timeout_s=SOON_S),
    )


@pytest.mark.parametrize("scheme", ["http", "tcp", "udp", "rtsp", "hls+http", "file", "path"])
def test_a_playlist_is_no_video_however_it_is_dressed(sandbox, canary, tmp_path, scheme):
    (tmp_path / "canary.mp4").write_bytes(clip(frames=4))
    targets = {"file": f"file://{tmp_path}/canary.mp4", "path": f"{tmp_path}/canary.mp4"}
    address = "{}:{}".format(*canary.getsockname())
    target = targets.get(scheme, f"{scheme}://{address}/canary.mp4")
    for name, data in playlists(target).items():
        for look in looks(sandbox, data):
            with pytest.raises(MediaError) as caught:
                look()
            assert caught.value.code == "media_unsupported", name


def test_pictures_that_are_said_to_be_in_another_file_are_not_read_from_there(sandbox, tmp_path):
    path = tmp_path / "canary.mp4"
    path.write_bytes(clip(frames=4))
    outside = with_pictures_elsewhere(path.read_bytes(), path)
    (tmp_path / "outside.mp4").write_bytes(outside)
    with av.open(tmp_path / "outside.mp4", container_options=FOLLOWING) as container:
        assert len(list(container.decode(video=0))) == 4, "a reader that follows it gets there"
    for look in looks(sandbox, outside):
        with pytest.raises(MediaError) as caught:
            look()
        assert caught.value.code == "media_unsupported"


def test_the_same_surgery_without_another_file_leaves_the_video_as_it_was(sandbox):
    data = clip(frames=4)
    assert with_pictures_here(data) == data
    read_video(sandbox, data)


def test_an_image_that_names_a_file_reads_none(sandbox, canary):
    address = "{}:{}".format(*canary.getsockname())
    svg = f"<svg><image href='http://{address}/x.png'/></svg>".encode()
    for data in (svg, encoded(noise(32, 32), "EPS"), b"P7 332\n" + svg):
        for look in looks(sandbox, data):
            with pytest.raises(MediaError):
                look()
