"""``input`` as an array of strings: N vectors in order, one charge, one key, all or nothing."""

import json
from decimal import Decimal

import numpy as np
import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from billing.models import UsageBucket
from embeddings.models import Inference
from tests.embeddings.api.stage import (
    CAT,
    STUB,
    TEN_TOKENS,
    TEXT,
    complaints,
    credits_of,
    customer,
    meanwhile,
    together,
)

NEW = "2026-11-01"
RANGE, FORM = "value_out_of_range", "invalid_format"
MANY, LARGE = "embeddings_input_too_many_items", "embeddings_input_too_large"
WORD = some.sampled_from(["cat", "dog", "sat", "on", "the", "mat", "猫", "é"])
WORDS = some.lists(WORD, min_size=1, max_size=9)


@pytest.fixture
def api(acme):
    """A team whose program moved to the version with batches."""
    acme.call("PATCH", "team", {"default_api_version": NEW})
    return acme


def vectors_in(answer):
    return [item["embedding"] for item in json.loads(answer.content)["data"]]


def usage_of(answer):
    return answer.json["usage"]


# --- what comes back -------------------------------------------------------------------------


def test_each_string_has_its_vector_at_its_place(api):
    texts = [CAT, TEN_TOKENS, "A dog.", CAT]
    answer = api.embed(texts)
    assert [item["index"] for item in answer.json["data"]] == [0, 1, 2, 3]
    assert {item["object"] for item in answer.json["data"]} == {"embedding"}
    assert vectors_in(answer) == [vectors_in(api.embed(text))[0] for text in texts]


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_256_strings_are_answered_in_order_in_either_encoding(api, encoding):
    texts = [f"number {n}" for n in range(256)]
    answer = api.embed(texts, encoding_format=encoding, dimensions=64)
    assert answer.status == 200
    single = [
        vectors_in(api.embed(texts[n], encoding_format=encoding, dimensions=64))[0]
        for n in (0, 100, 255)
    ]
    assert [vectors_in(answer)[n] for n in (0, 100, 255)] == single
    assert len({str(vector) for vector in vectors_in(answer)}) == 256


def test_an_array_of_one_string_is_that_string(api):
    assert api.embed([CAT]).content == api.embed(CAT).content


@given(texts=some.lists(WORDS.map(" ".join), min_size=1, max_size=12))
@hypothesis_settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_n_texts_together_are_n_texts_alone_to_the_bit_and_to_the_nano_credit(api, texts):
    """The stub's numbers do not depend on what else is in a pass; a real model's last bit may."""
    together_ = api.embed(texts)
    alone = [api.embed(text) for text in texts]
    assert vectors_in(together_) == [vectors_in(one)[0] for one in alone]
    for name in ("prompt_tokens", "total_tokens", "credits_charged"):
        assert usage_of(together_)[name] == sum(usage_of(one)[name] for one in alone)


@pytest.mark.engine
def test_the_text_model_takes_batches(api):
    texts = [CAT, "A kitten lay on a rug.", "The tax return is due in May."]
    answer = api.embed(texts, model=TEXT)
    several = np.array(vectors_in(answer))
    alone = np.array([vectors_in(api.embed(text, model=TEXT))[0] for text in texts])
    assert np.abs(several - alone).max() < 1e-5
    assert usage_of(answer)["total_tokens"] == 7 + 7 + 8


# --- one request, one charge -----------------------------------------------------------------


def test_a_batch_is_one_row_one_line_one_event_and_its_sum(api):
    answer = api.embed([CAT, TEN_TOKENS], user="user-7", dimensions=64)
    assert usage_of(answer)["total_tokens"] == usage_of(answer)["prompt_tokens"] == 17
    (row,) = Inference.objects.filter(team_id=api.team.id)
    assert (row.status, row.tokens_text, row.api_version) == ("settled", 17, NEW)
    assert (row.user, row.dimensions) == ("user-7", 64)
    (event,) = api.events()
    assert (event["tokens"]["text"], event["credits_charged"]) == (17, credits_of(17))
    line, _grant = api.lines()
    assert -line["amount"] == usage_of(answer)["credits_charged"] == credits_of(17)
    assert line["request_id"] == answer.headers["Aurous-Request-Id"]
    assert api.credits == 1 - credits_of(17)
    bucket = UsageBucket.objects.get(team_id=api.team.id)
    assert (bucket.requests, bucket.tokens_text) == (1, 17)
    assert complaints() == {}


def test_an_estimate_is_the_sum_and_what_is_charged(api):
    texts = [CAT, TEN_TOKENS, "x"]
    estimate = api.estimate(texts)
    assert estimate.json["tokens"] == {"text": 18, "image": 0, "video": 0, "total": 18}
    assert estimate.json["credits_estimated"] == credits_of(18)
    assert len(api.lines()) == 1
    assert usage_of(api.embed(texts))["credits_charged"] == credits_of(18)


def test_credit_for_all_texts_but_one_token_buys_none_of_them(transactional_db):
    short, enough = customer(str(credits_of(33))), customer(str(credits_of(34)))
    for team in (short, enough):
        team.call("PATCH", "team", {"default_api_version": NEW})
    answer = short.embed([CAT, TEN_TOKENS, TEN_TOKENS, CAT])
    assert (answer.status, answer.code) == (402, "balance_too_low")
    assert short.events() == []
    assert short.credits == credits_of(33)
    assert enough.embed([CAT, TEN_TOKENS, TEN_TOKENS, CAT]).status == 200
    assert enough.credits == 0


def test_the_last_credit_stops_a_crowd_of_batches_exactly(transactional_db):
    team = customer(str(credits_of(17 * 5 + 16)))
    team.call("PATCH", "team", {"default_api_version": NEW})
    answers = together(12, lambda _: team.embed([CAT, TEN_TOKENS]))
    assert sorted(answer.status for answer in answers) == [200] * 5 + [402] * 7
    assert team.credits == credits_of(16)
    assert -sum(line["amount"] for line in team.lines() if line["kind"] == "usage") == credits_of(
        17 * 5
    )
    assert complaints() == {}


# --- one idempotency key ---------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["float", "base64", None])
def test_a_batch_is_replayed_whole_and_to_the_byte(api, encoding):
    texts = [f"text {n}" for n in range(100)]
    first = api.embed(texts, encoding_format=encoding, Idempotency_Key="k")
    again = api.embed(texts, encoding_format=encoding, Idempotency_Key="k")
    assert (first.status, again.status, again.replayed) == (200, 200, True)
    assert again.content == first.content
    assert len(api.events()) == 1


def test_another_order_or_one_text_more_is_another_request(api):
    assert api.embed(["a", "b"], Idempotency_Key="k").status == 200
    for other in (["b", "a"], ["a", "b", "c"], ["a"], "a"):
        assert api.embed(other, Idempotency_Key="k").code == "idempotency_key_in_use"


def test_of_ten_twins_at_once_one_is_charged_and_all_end_with_its_bytes(api):
    def one(_):
        for _attempt in range(200):
            answer = api.embed([CAT, TEN_TOKENS], Idempotency_Key="k")
            if answer.status != 409:
                return answer
        raise AssertionError("it never ended")

    answers = together(10, one)
    assert {answer.content for answer in answers} == {answers[0].content}
    assert sum(not answer.replayed for answer in answers) == 1
    assert api.credits == 1 - credits_of(17)
    assert complaints() == {}


# --- limits ----------------------------------------------------------------------------------


def test_tokens_a_minute_count_the_sum_and_the_request_rate_counts_one(api, settings):
    settings.RATE_TOKENS_PER_MINUTE, settings.RATE_REQUESTS_PER_MINUTE = 100, 1_000
    headers = api.embed([CAT, TEN_TOKENS]).headers
    assert (headers["X-RateLimit-TPM-Remaining"], headers["X-RateLimit-Remaining"]) == ("83", "999")
    refused = api.embed([TEN_TOKENS] * 9)
    assert (refused.status, refused.code) == (429, "tpm_rate_limit_exceeded")


def test_a_batch_counts_as_one_request_against_the_concurrency(api, gate, settings):
    settings.CONCURRENT_REQUESTS_MAX = 2
    running = meanwhile(lambda: api.embed([CAT] * 50))
    gate.wait_for_one()
    second = meanwhile(lambda: api.embed([CAT] * 50))
    gate.wait_for_line(1)
    assert api.embed([CAT]).code == "concurrency_limit_exceeded"
    gate.open()
    assert {running.result().status, second.result().status} == {200}


# --- what is refused -------------------------------------------------------------------------

NOTHING_TO_READ = "\u200b"
PART = {"type": "text", "text": "x"}
WRONG = {
    "an empty array": ([], RANGE, "input"),
    "257 strings": (["x"] * 257, MANY, "input"),
    "an empty string": (["x", "x", "x", ""], RANGE, "input[3]"),
    "a string without a token": (["x", NOTHING_TO_READ], RANGE, "input[1]"),
    "only a string without a token": ([" "], RANGE, "input[0]"),
    "a NUL": (["x", "a\0b"], FORM, "input[1]"),
    "a million characters and one in all": (["a" * 500_000, "a" * 500_001], RANGE, "input"),
    "a million characters and one in one": (["x", "a" * 1_000_001], RANGE, "input[1]"),
    "more than the window in one": (["x", "a " * 8_193], LARGE, "input[1]"),
    "a part among strings": (["x", "x", PART], FORM, "input[2]"),
    "a string among parts": ([PART, "x"], FORM, "input[1]"),
    "null among strings": (["x", None], FORM, "input[1]"),
    "a number among strings": (["x", 7], FORM, "input[1]"),
    "a list among strings": (["x", ["y"]], FORM, "input[1]"),
    "token ids": ([101, 2_003, 102], FORM, "input[0]"),
    "arrays of token ids": ([[101, 102], [101]], FORM, "input[0]"),
    "17 parts": ([PART] * 17, MANY, "input"),
}


@pytest.mark.parametrize("ask", ["embed", "estimate"])
@pytest.mark.parametrize("wrong", WRONG)
def test_both_routes_refuse(asker, ask, wrong):
    content, code, param = WRONG[wrong]
    path = "embeddings" if ask == "embed" else "embeddings/estimate"
    answer = asker.post(path, {"model": STUB, "input": content}, Aurous_Version=NEW)
    assert (answer.status, answer.code, answer.error["param"]) == (400, code, param)
    assert asker.events() == []


def message(asker, content):
    return asker.embed(content, Aurous_Version=NEW).error["message"]


def test_messages_tell_the_numbers_and_what_to_send_instead(asker):
    for text in ("257 strings", "at most 256"):
        assert text in message(asker, ["x"] * 257)
    for text in ("`input[1]`", "8,193", "8,192"):
        assert text in message(asker, ["x", "a " * 8_193])
    assert "token ids" in message(asker, [1, 2])
    assert "1,000,001" in message(asker, ["a" * 500_000, "a" * 500_001])


def test_the_limits_are_reached_but_not_passed(api):
    api.grant("1")
    assert api.embed(["a" * 500_000] * 2).json["usage"]["prompt_tokens"] == 2
    assert api.embed(["a " * 8_192] * 3).json["usage"]["prompt_tokens"] == 3 * 8_192


def test_the_gates_come_in_the_order_of_the_contract(asker):
    wrong = {"model": "none", "input": ["x", "a " * 8_193, ""], "dimensions": 7, "more": 1}

    def code(**mended):
        wrong.update(mended)
        sent = {name: value for name, value in wrong.items() if value is not None}
        return asker.post("embeddings", sent, Aurous_Version=NEW).code

    assert code() == "unknown_field"
    assert code(more=None) == RANGE
    assert code(input=["x", "a " * 8_193]) == "model_not_found"
    assert code(model=STUB) == "embeddings_unsupported_dimensions"
    assert code(dimensions=64) == LARGE


def test_books_are_in_order_after_batches(api):
    for count in (1, 2, 60):
        assert api.embed([CAT] * count).status == 200
    assert api.credits == 1 - Decimal(63) * credits_of(7)
    call_command("prove", verbosity=0)
