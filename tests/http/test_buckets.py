"""Buckets over time: a clock moved by hand, which only the memory store has."""

import itertools
import math

import pytest
import redis
from throttled import utils

from aurous.http.buckets import KEY_PREFIX, limits


class Clock:
    """Both clocks of a memory bucket."""

    def __init__(self, monkeypatch):
        self.now_s = 1_000_000.0
        monkeypatch.setattr(utils, "now_mono_f", lambda: self.now_s)
        monkeypatch.setattr("aurous.http.buckets.time.time", lambda: self.now_s)


@pytest.fixture
def clock(monkeypatch, settings):
    settings.REDIS_URL = ""
    return Clock(monkeypatch)


def test_after_retry_after_the_request_passes_and_not_long_before(unique, clock):
    limits().take(unique, 30, 30)
    for cost in (1, 2, 7, 30):
        refused = limits().take(unique, 30, cost)
        assert refused.retry_after_s == pytest.approx(2 * cost, abs=1)
        clock.now_s += refused.retry_after_s - 2.001
        assert not limits().take(unique, 30, cost).allowed
        clock.now_s += 2.002
        assert limits().take(unique, 30, cost).allowed
        clock.now_s = math.floor(clock.now_s) + 0.5
        drain(unique, 30)


def drain(bucket, per_minute):
    while limits().take(bucket, per_minute).allowed:
        pass


@pytest.mark.parametrize("per_minute", [59, 90, 100, 601])
def test_a_steady_caller_gets_the_whole_rate_fractions_included(unique, clock, per_minute):
    drain(unique, per_minute)
    passed = 0
    for _ in range(600):  # ten minutes
        clock.now_s += 1
        passed += sum(1 for _ in itertools.takewhile(bool, takes(unique, per_minute)))
    assert passed == pytest.approx(10 * per_minute, abs=2)


def takes(bucket, per_minute):
    while True:
        yield limits().take(bucket, per_minute).allowed


def test_reset_is_the_second_at_which_it_is_full_again(unique, clock):
    level = limits().take(unique, 60, 30)
    assert level.reset_epoch_s == clock.now_s + 30
    clock.now_s += 29
    assert limits().look(unique, 60).remaining == 59
    clock.now_s += 1
    assert limits().look(unique, 60).remaining == 60


@pytest.mark.parametrize("store", ["redis"], indirect=True)
def test_redis_keeps_a_bucket_only_until_it_is_full(unique, store, settings):
    limits().take(unique, 60, 30)
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        (key,) = client.scan_iter(f"{KEY_PREFIX}*{unique}")
        assert 28 <= client.ttl(key) <= 30
