"""What workers say of themselves in Redis, and what operators read of it."""

import pytest
import redis

from aurous.kernel.ids import new_id
from embeddings.transport.base import Backlog
from embeddings.transport.beats import drop_beat, read_beats, read_workers, write_beat
from tests.settings import REDIS_TEST_URL

pytestmark = pytest.mark.redis
BACKLOG = Backlog(1, 3, 900, 0.25)


@pytest.fixture
def client():
    with redis.Redis.from_url(REDIS_TEST_URL) as made:
        yield made


@pytest.fixture
def model(client):
    name = new_id("model")
    yield name
    for key in client.scan_iter(f"aurous:worker*:{name}*"):
        client.delete(key)


def test_a_worker_says_where_it_is_and_what_it_has(client, model):
    write_beat(client, model, "worker_1", BACKLOG, "gpu-7:42", "cuda", 11)
    (seen,) = read_workers(client, model)
    assert (seen.id, seen.host, seen.device) == ("worker_1", "gpu-7:42", "cuda")
    assert (seen.items, seen.in_flight, seen.oldest_s) == (3, 11, 0.25)
    assert 0 <= seen.seen_s < 5
    assert read_beats(client, model, "nothing") == BACKLOG


def test_how_long_ago_a_worker_was_heard_of(client, model, settings):
    write_beat(client, model, "worker_1", BACKLOG, "h", "cpu", 0)
    key = f"aurous:worker:{model}:worker_1"
    client.pexpire(key, settings.WORKER_BEAT_EXPIRY_SECONDS * 1_000 - 3_000)
    (seen,) = read_workers(client, model)
    assert 3.0 <= seen.seen_s < 5


def test_a_worker_of_the_release_before_says_less_and_is_shown(client, model):
    write_beat(client, model, "worker_1", BACKLOG)
    (seen,) = read_workers(client, model)
    assert (seen.host, seen.device, seen.in_flight) == ("", "", 3)


def test_who_is_silent_or_gone_is_not_shown(client, model):
    for number in (1, 2, 3):
        write_beat(client, model, f"worker_{number}", BACKLOG, "h", "cpu", 0)
    drop_beat(client, model, "worker_2")
    client.delete(f"aurous:worker:{model}:worker_3")
    assert [seen.id for seen in read_workers(client, model)] == ["worker_1"]
    assert read_workers(client, "nobody") == []
