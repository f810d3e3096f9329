"""A worker under two hundred hostile files: memory stays, and everyone is answered."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.embeddings.files import image_part, mp4, png, text_part, video_part
from tests.embeddings.hostile_files import hostile
from tests.embeddings.media_server import MediaServer
from tests.embeddings.tiny_vision import tiny_vision_folder
from tests.stack.fixtures import StackOf, make_room
from tests.stack.harness import Shape, Stack
from tests.stack.memory import Peak, resident_bytes

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
VISION = "aurous-embed-vision"
CLIENTS = 16
ANSWER_SECONDS_MAX = 15.0
GROWTH_MIB_MAX = 300


@pytest.fixture(scope="module")
def media_server() -> Iterator[MediaServer]:
    with MediaServer().running() as server:
        yield server


@pytest.fixture(scope="module")
def stack(stack_of: StackOf, media_server: MediaServer) -> Iterator[Stack]:
    """The vision model, small and random, behind a broker."""
    env = {
        "AUROUS_VISION_WEIGHTS": str(tiny_vision_folder()),
        "AUROUS_MEDIA_DEV_HOSTS": media_server.host,
        "AUROUS_DEVICE": "cpu",
        "AUROUS_DTYPE": "float32",
        "AUROUS_TORCH_THREADS": "1",
    }
    yield stack_of(Shape(deadline_s=30, models=("aurous-stub", VISION), env=env))
    make_room()


def test_a_document_of_text_picture_and_video_goes_through_the_broker(
    stack: Stack, media_server: MediaServer
) -> None:
    team = stack.create_team()
    parts = [
        text_part("A chair"),
        image_part(png()),
        image_part(media_server.url("/chair.png", png(96, 96))),
        video_part(mp4()),
    ]
    answer = stack.caller(team).post({"model": VISION, "input": parts, "dimensions": 1_024})
    assert answer.status == 200, answer.body
    account = stack.settle(team)
    assert (account.charges, account.charged) == (1, answer.charged)


def test_two_hundred_hostile_files_cost_nothing_and_leave_memory_as_it_was(
    stack: Stack, media_server: MediaServer
) -> None:
    team = stack.create_team()
    caller = stack.caller(team)
    for part in (image_part(media_server.url("/warm", png())), video_part(mp4())):
        assert caller.post({"model": VISION, "input": [part]}).status == 200
    paid = stack.settle(team).charged
    worker = stack.model_worker(VISION)
    before = resident_bytes(worker)

    def send(part: object) -> tuple[str, float]:
        began = time.monotonic()
        answer = caller.post({"model": VISION, "input": [part]})
        return answer.code, time.monotonic() - began

    with Peak(worker) as peak, ThreadPoolExecutor(CLIENTS) as pool:
        outcomes = list(pool.map(send, hostile(media_server)))
    slowest = max(seconds for _, seconds in outcomes)
    grown, most = ((b - before) / 2**20 for b in (resident_bytes(worker), peak.most))
    print(f"worker and decoders: {before / 2**20:.0f} MB, +{most:.0f} at most, +{grown:.0f} after")
    print(f"slowest answer {slowest:.1f} s")
    codes = {code for code, _ in outcomes}
    # On a slow machine endless videos fill the budget of memory: others are told to come again.
    assert codes - {"provider_overloaded"} == {
        "media_fetch_failed",
        "media_too_large",
        "media_unsupported",
    }
    assert slowest < ANSWER_SECONDS_MAX
    assert most < GROWTH_MIB_MAX
    account = stack.settle(team)
    assert (account.charged, account.held, account.open) == (paid, 0, 0)
    assert caller.post({"model": VISION, "input": [image_part(png())]}).status == 200
    stack.prove()
