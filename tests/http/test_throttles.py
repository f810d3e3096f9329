"""Rate limits, the same on both stores."""

import time
from dataclasses import replace
from threading import Barrier, Thread

import pytest

from aurous.http import throttles
from aurous.http.buckets import Limits, limits
from aurous.kernel.errors import AurousError
from tests.http.fakes import ADA

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def ben(unique):
    return replace(ADA, team_id=f"team_{unique}", api_key_id=f"key_{unique}")


def refusal(call, *args):
    with pytest.raises(throttles.LimitExceededError) as caught:
        call(*args)
    return caught.value


# --- the bucket --------------------------------------------------------------------------------


@pytest.mark.parametrize("per_minute", [1, 7, 90, 1_000])
def test_a_full_bucket_gives_one_minutes_worth_at_once(unique, per_minute):
    levels = [limits().take(unique, per_minute) for _ in range(per_minute)]
    assert all(level.allowed for level in levels)
    assert {level.limit for level in levels} == {per_minute}
    assert levels[0].remaining == per_minute - 1
    level = limits().take(unique, 1)  # a far smaller limit has nothing left for certain
    assert not level.allowed
    assert level.retry_after_s >= 1


def test_a_refused_take_takes_nothing(unique):
    assert limits().take(unique, 10, 8).allowed
    for _ in range(5):
        refused = limits().take(unique, 10, 5)
        assert (refused.allowed, refused.remaining) == (False, 2)
    assert limits().take(unique, 10, 2).allowed


def test_looking_takes_nothing(unique):
    limits().take(unique, 10, 3)
    assert [limits().look(unique, 10).remaining for _ in range(3)] == [7, 7, 7]
    assert limits().look(unique + "untouched", 10).remaining == 10


def test_more_than_the_bucket_holds_never_passes(unique):
    level = limits().take(unique, 10, 11)
    assert (level.allowed, level.remaining) == (False, 10)


def test_buckets_do_not_share(unique):
    assert limits().take(f"{unique}-a", 1).allowed
    assert limits().take(f"{unique}-b", 1).allowed
    assert not limits().take(f"{unique}-a", 1).allowed


def test_many_threads_get_no_more_than_there_is(unique):
    barrier, passed = Barrier(8), []

    def ask():
        barrier.wait()
        passed.extend(limits().take(unique, 3).allowed for _ in range(5))

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 40
    assert passed.count(True) == 3


def test_reset_and_retry_after_are_near_on_redis_as_well(unique):
    refused = [limits().take(unique, 60, 60), limits().take(unique, 60, 30)][1]
    assert refused.retry_after_s in {29, 30}
    assert 58 <= refused.reset_epoch_s - time.time() <= 62


# --- who is counted where ------------------------------------------------------------------------


def test_a_team_has_one_bucket_for_each_route_class(ben):
    ben = replace(ben, team_rpm=1)
    for route_class in ("embeddings", "read", "manage"):
        headers = throttles.take_request(ben, route_class)
        assert headers["X-RateLimit-Limit"] == "1"
        assert headers["X-RateLimit-Remaining"] == "0"
        error = refusal(throttles.take_request, ben, route_class)
        assert error.code == "too_many_requests"
        assert route_class in error.message
        assert 1 <= error.retry_after_s <= 60
        assert set(error.headers) == set(headers)


def test_all_keys_of_a_team_share_its_bucket_but_other_teams_do_not(ben, unique):
    ben = replace(ben, team_rpm=1)
    throttles.take_request(ben, "read")
    refusal(throttles.take_request, replace(ben, api_key_id="key_other"), "read")
    throttles.take_request(replace(ben, team_id=f"{unique}-other"), "read")


def test_a_key_over_its_own_limit_takes_nothing_from_its_team(ben):
    key = replace(ben, key_rpm=2, team_rpm=10)
    throttles.take_request(key, "read")
    assert throttles.take_request(key, "manage")["X-RateLimit-Limit"] == "10"
    for _ in range(20):
        error = refusal(throttles.take_request, key, "read")
        assert "key" in error.message
        assert error.headers["X-RateLimit-Limit"] == "2"
    assert throttles.look_request(ben, "read")["X-RateLimit-Limit"] == "6000"
    other = replace(ben, team_rpm=10, api_key_id="key_other")
    assert throttles.take_request(other, "read")["X-RateLimit-Remaining"] == "8"


def test_none_is_the_default_and_zero_is_no_limit(ben, settings):
    settings.RATE_REQUESTS_PER_MINUTE = 11
    settings.RATE_TOKENS_PER_MINUTE = 22
    assert throttles.take_request(ben, "read")["X-RateLimit-Limit"] == "11"
    assert throttles.take_tokens(ben, 1)["X-RateLimit-TPM-Limit"] == "22"
    free = replace(ben, team_rpm=0, team_tpm=0, key_rpm=0)
    assert throttles.take_request(free, "read") == throttles.look_request(free, "read") == {}
    assert throttles.take_tokens(free, 10**9) == throttles.look_tokens(free) == {}
    settings.RATE_REQUESTS_PER_MINUTE = settings.RATE_TOKENS_PER_MINUTE = 0
    assert throttles.take_request(ben, "read") == throttles.take_tokens(ben, 5) == {}


def test_where_only_the_key_has_a_limit_its_headers_are_shown(ben):
    key = replace(ben, team_rpm=0, key_rpm=5)
    assert throttles.take_request(key, "read")["X-RateLimit-Limit"] == "5"
    assert throttles.look_request(key, "read")["X-RateLimit-Remaining"] == "4"


def test_tokens_are_counted_as_many_as_there_are(ben):
    ben = replace(ben, team_tpm=1_000)
    assert throttles.take_tokens(ben, 600)["X-RateLimit-TPM-Remaining"] == "400"
    error = refusal(throttles.take_tokens, ben, 900)
    assert error.code == "tpm_rate_limit_exceeded"
    assert "900" in error.message
    assert 25 <= error.retry_after_s <= 30
    assert error.headers["X-RateLimit-TPM-Limit"] == "1000"
    throttles.take_tokens(ben, 400)


def test_a_request_larger_than_the_whole_bucket_is_told_so(ben):
    error = refusal(throttles.take_tokens, replace(ben, team_tpm=1_000), 1_001)
    assert "1,001" in error.message
    assert "1,000" in error.message
    assert "whole minute" in error.message


def test_a_store_that_does_not_answer_is_the_callers_503(settings, unique):
    settings.REDIS_URL = "redis://127.0.0.1:1/2"
    for ask in (limits().take, limits().look):
        with pytest.raises(AurousError) as caught:
            ask(unique, 10)
        assert (caught.value.code, caught.value.retry_after_s) == ("provider_unavailable", 1)


def test_a_store_that_never_answers_is_not_waited_for_long(settings, unique):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as deaf:  # accepts, and says nothing
        settings.REDIS_URL = f"redis://127.0.0.1:{deaf.getsockname()[1]}/2"
        with pytest.raises(AurousError) as caught:
            limits().take(unique, 10)
    assert caught.value.code == "provider_unavailable"


def test_one_process_has_one_pool(settings):
    assert limits() is limits()
    assert isinstance(limits(), Limits)
