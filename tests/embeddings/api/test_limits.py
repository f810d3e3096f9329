"""Request rate, token rate and requests at once, as a customer meets them.

Buckets fill while a test runs; these are so small that a whole unit takes longer than any test.
"""

import time

import pytest

from accounts import teams
from tests.cast import NOBODY
from tests.embeddings.api.stage import CAT, TEN_TOKENS, customer, meanwhile, together

REQUESTS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
TOKENS = ("X-RateLimit-TPM-Limit", "X-RateLimit-TPM-Remaining", "X-RateLimit-TPM-Reset")


def limit(someone, **limits):
    teams.set_limits(someone.team.id, actor=NOBODY, **limits)


def told(answer, names):
    return [int(answer.headers[name]) for name in names]


def test_an_embedding_tells_both_buckets(acme):
    limit(acme, rpm=60, tpm=6_000)
    before = time.time()
    answer = acme.embed(TEN_TOKENS)
    most, left, full_at = told(answer, REQUESTS)
    assert (most, left) == (60, 59)
    assert before <= full_at <= time.time() + 3
    most, left, full_at = told(answer, TOKENS)
    assert (most, left) == (6_000, 5_990)
    assert before <= full_at <= time.time() + 3


def test_other_routes_tell_their_own_bucket_and_no_tokens(asker):
    limit(asker, rpm=3)
    assert told(asker.get("balance"), REQUESTS)[1] == 2
    assert told(asker.get("usage/events"), REQUESTS)[1] == 1  # the same class
    assert told(asker.get("team"), REQUESTS)[1] == 2  # another class
    assert not set(TOKENS) & set(asker.get("balance").headers)


def test_errors_tell_them_too(asker):
    limit(asker, rpm=60, tpm=6_000)
    answer = asker.embed("")
    assert told(answer, REQUESTS)[:2] == [60, 59]
    assert told(answer, TOKENS)[:2] == [6_000, 6_000]


def test_a_limit_of_0_is_none_and_has_no_headers(acme):
    limit(acme, rpm=0, tpm=0, concurrency=0)
    headers = set(acme.embed().headers)
    assert not headers & {*REQUESTS, *TOKENS}


def test_over_the_request_rate_is_429_with_a_time_to_wait(asker):
    limit(asker, rpm=2)
    assert [asker.get("balance").status for _ in range(3)] == [200, 200, 429]
    answer = asker.get("balance")
    assert (answer.code, answer.error["type"]) == ("too_many_requests", "rate_limit")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert told(answer, REQUESTS)[:2] == [2, 0]


def test_each_team_has_its_own_bucket(asker):
    limit(asker, rpm=1)
    other = customer()
    limit(other, rpm=1)
    assert [asker.get("balance").status, other.get("balance").status] == [200, 200]
    assert asker.key_with().get("balance").status == 429


def test_a_key_with_a_rate_of_its_own_takes_nothing_from_its_team_when_over_it(asker):
    limit(asker, rpm=3)
    key = asker.key_with(rpm=1)
    assert told(key.get("balance"), REQUESTS)[:2] == [3, 2]
    refused = key.get("balance")
    assert (refused.status, refused.code) == (429, "too_many_requests")
    assert told(refused, REQUESTS)[:2] == [1, 0]
    assert told(asker.get("balance"), REQUESTS)[:2] == [3, 1]


def test_over_the_token_rate_is_429_and_nothing_is_held(acme):
    limit(acme, tpm=15)
    assert acme.embed(TEN_TOKENS).status == 200
    answer = acme.embed(TEN_TOKENS)
    assert (answer.status, answer.code) == (429, "tpm_rate_limit_exceeded")
    assert answer.error["type"] == "rate_limit"
    assert int(answer.headers["Retry-After"]) >= 1
    assert told(answer, TOKENS)[0] == 15
    assert len(acme.events()) == 1


def test_more_tokens_than_a_minute_has_is_said_so(asker):
    limit(asker, tpm=5)
    answer = asker.embed(TEN_TOKENS)
    assert answer.code == "tpm_rate_limit_exceeded"
    assert "10 tokens, more than this team may use in a whole minute (5)" in answer.error["message"]


def test_an_estimate_takes_no_tokens_from_the_rate(asker):
    limit(asker, tpm=15)
    for _ in range(3):
        answer = asker.estimate(TEN_TOKENS)
        assert answer.status == 200
        assert told(answer, TOKENS)[:2] == [15, 15]


@pytest.mark.parametrize("at_once", [1, 3])
def test_more_requests_at_once_than_allowed_are_429_and_cost_nothing(acme, gate, at_once):
    limit(acme, concurrency=at_once)
    running = [meanwhile(lambda: acme.embed(CAT))]
    gate.wait_for_one()
    running += [meanwhile(lambda: acme.embed(CAT)) for _ in range(at_once - 1)]
    gate.wait_for_line(at_once - 1)
    refused = acme.embed(CAT)
    assert (refused.status, refused.code) == (429, "concurrency_limit_exceeded")
    assert refused.error["type"] == "rate_limit"
    assert refused.headers["Retry-After"] == "1"
    gate.open()
    assert [future.result().status for future in running] == [200] * at_once
    assert acme.embed(CAT).status == 200
    assert len(acme.events()) == at_once + 1


def test_of_many_at_once_no_more_than_the_limit_run(acme, gate):
    limit(acme, concurrency=4)

    def one(index):
        answer = acme.embed(f"text {index}")
        if answer.status == 429:
            gate.open()  # the refused are answered at once, and let the others go on
        return answer

    answers = together(12, one)
    codes = [answer.code for answer in answers]
    assert set(codes) == {None, "concurrency_limit_exceeded"}
    assert codes.count(None) >= 4
    assert acme.balance["held_credits"] == 0
