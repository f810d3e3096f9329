"""OpenAI's own Python package against the API: what a customer who switches sees."""

import re

import numpy as np
import openai
import pytest
from openai import OpenAI

from accounts import teams
from embeddings.engine.stub import StubEngine
from tests.cast import NOBODY
from tests.embeddings.api.stage import CAT, STUB, TEN_TOKENS, TEXT, credits_of, customer

REQUEST_ID = re.compile(r"req_[0-9A-HJKMNP-TV-Z]{26}")


def test_embeddings_create_gives_a_vector_with_nothing_but_model_and_input(client):
    made = client.embeddings.create(model=STUB, input=CAT)
    assert made.object == "list"
    assert made.model == STUB
    (item,) = made.data
    assert (item.object, item.index, len(item.embedding)) == ("embedding", 0, 384)
    assert np.linalg.norm(item.embedding) == pytest.approx(1.0, abs=1e-6)
    assert (made.usage.prompt_tokens, made.usage.total_tokens) == (7, 7)


def test_what_we_add_to_the_answer_is_there_too(client):
    usage = client.embeddings.create(model=STUB, input=TEN_TOKENS).usage.model_dump()
    assert usage["credits_charged"] == float(credits_of(10))
    assert usage["breakdown"]["tokens"] == {"text": 10, "visual": 0, "video": 0}


@pytest.mark.parametrize("format_", ["float", "base64"])
def test_under_the_first_version_either_encoding_format_gives_floats(client, format_):
    plain = client.embeddings.create(model=STUB, input=CAT).data[0].embedding
    asked = client.embeddings.create(model=STUB, input=CAT, encoding_format=format_)
    assert asked.data[0].embedding == plain
    assert all(isinstance(number, float) for number in plain)


def test_dimensions_and_user_are_passed_on(client, acme):
    made = client.embeddings.create(model=STUB, input=CAT, dimensions=64, user="user-7")
    assert len(made.data[0].embedding) == 64
    assert acme.events()[0]["user"] == "user-7"


def test_parts_pass_through_the_sdk_as_they_are(client):
    parts = [{"type": "text", "text": "The cat sat"}, {"type": "text", "text": "on the mat."}]
    made = client.embeddings.create(model=STUB, input=parts)
    assert made.usage.total_tokens == 7
    plain = client.embeddings.create(model=STUB, input=CAT)
    assert made.data[0].embedding == plain.data[0].embedding


def test_the_sdk_finds_the_request_id(client, acme):
    made = client.embeddings.create(model=STUB, input=CAT)
    assert REQUEST_ID.fullmatch(made._request_id)
    assert acme.events()[0]["request_id"] == made._request_id


def test_raw_responses_show_version_limits_and_timing(client):
    raw = client.embeddings.with_raw_response.create(model=STUB, input=CAT)
    assert raw.status_code == 200
    assert raw.headers["aurous-version"] == "2026-05-15"
    assert int(raw.headers["x-ratelimit-remaining"]) < int(raw.headers["x-ratelimit-limit"])
    assert raw.headers["server-timing"].startswith("auth;dur=")
    assert raw.parse().data[0].index == 0


def test_an_idempotency_key_in_the_extra_headers_replays(client, acme):
    headers = {"Idempotency-Key": "order-1"}
    create = client.embeddings.with_raw_response.create
    first = create(model=STUB, input=CAT, extra_headers=headers)
    again = create(model=STUB, input=CAT, extra_headers=headers)
    assert "aurous-idempotent-replayed" not in first.headers
    assert again.headers["aurous-idempotent-replayed"] == "true"
    assert again.content == first.content
    assert len(acme.events()) == 1


def test_models_are_listed_and_retrieved(client):
    listed = client.models.list()
    assert [model.id for model in listed] == [TEXT, STUB]
    model = client.models.retrieve(TEXT)
    assert (model.id, model.object) == (TEXT, "model")
    assert isinstance(model.created, int)
    assert "MiniLM" in model.owned_by


def failure_of(call, kind):
    """The exception of a call, with the envelope as the SDK understood it."""
    with pytest.raises(kind) as raised:
        call()
    error = raised.value
    assert type(error) is kind
    assert REQUEST_ID.fullmatch(error.request_id)
    assert error.body["request_id"] == error.request_id
    return error


@pytest.mark.parametrize(
    ("fields", "kind", "code", "param"),
    [
        ({"input": ""}, openai.BadRequestError, "value_out_of_range", "input"),
        ({"input": ["a", "b"]}, openai.BadRequestError, "embeddings_batch_not_supported", "input"),
        ({"input": [[1, 2]]}, openai.BadRequestError, "invalid_format", "input[0]"),
        (
            {"dimensions": 65},
            openai.BadRequestError,
            "embeddings_unsupported_dimensions",
            "dimensions",
        ),
        ({"extra_body": {"stream": True}}, openai.BadRequestError, "unknown_field", "stream"),
        ({"model": "gpt-5"}, openai.NotFoundError, "model_not_found", "model"),
        (
            {"model": "aurous-embed-vision"},
            openai.InternalServerError,
            "provider_unavailable",
            None,
        ),
    ],
)
def test_errors_arrive_with_code_param_and_request_id(client, fields, kind, code, param):
    asked = {"model": STUB, "input": CAT} | fields
    error = failure_of(lambda: client.embeddings.create(**asked), kind)
    assert (error.code, error.param) == (code, param)
    assert error.type == error.body["type"]


def test_a_wrong_key_is_an_authentication_error(base_url):
    with OpenAI(base_url=base_url, api_key="sk-wrong", max_retries=0) as stranger:
        error = failure_of(stranger.models.list, openai.AuthenticationError)
    assert (error.code, error.type) == ("invalid_api_key", "authentication")


def test_a_read_key_that_embeds_is_a_permission_error(base_url, acme):
    reader = acme.key_with(scope="read")
    with OpenAI(base_url=base_url, api_key=reader.key, max_retries=0) as weak:
        create = weak.embeddings.create
        error = failure_of(lambda: create(model=STUB, input=CAT), openai.PermissionDeniedError)
        assert error.code == "missing_scope"
        assert len(list(weak.models.list())) == 2


def test_an_unknown_model_is_not_found_by_retrieve(client):
    error = failure_of(lambda: client.models.retrieve("gpt-5"), openai.NotFoundError)
    assert error.code == "model_not_found"


def test_too_little_credit_is_an_api_status_error_402(base_url):
    poor = customer("0")
    with OpenAI(base_url=base_url, api_key=poor.key, max_retries=0) as client:
        create = client.embeddings.create
        error = failure_of(lambda: create(model=STUB, input=CAT), openai.APIStatusError)
    assert (error.status_code, error.code) == (402, "balance_too_low")


def test_another_body_under_one_key_is_a_conflict(client):
    create, headers = client.embeddings.create, {"Idempotency-Key": "order-2"}
    create(model=STUB, input=CAT, extra_headers=headers)
    error = failure_of(
        lambda: create(model=STUB, input=TEN_TOKENS, extra_headers=headers), openai.ConflictError
    )
    assert error.code == "idempotency_key_in_use"


def test_over_the_rate_is_a_rate_limit_error_with_a_time_to_wait(client, acme):
    teams.set_limits(acme.team.id, actor=NOBODY, rpm=1)
    client.embeddings.create(model=STUB, input=CAT)
    create = client.embeddings.create
    error = failure_of(lambda: create(model=STUB, input=CAT), openai.RateLimitError)
    assert error.code == "too_many_requests"
    assert int(error.response.headers["retry-after"]) >= 1


def test_a_failure_on_our_side_is_an_internal_server_error_and_free(client, acme, monkeypatch):
    monkeypatch.setattr(StubEngine, "forward", lambda *_: 1 / 0)
    create = client.embeddings.create
    error = failure_of(lambda: create(model=STUB, input=CAT), openai.InternalServerError)
    assert (error.status_code, error.code) == (500, "internal_error")
    assert acme.credits == 1


def test_the_sdks_own_retries_get_through_a_moment_of_trouble(base_url, acme, monkeypatch):
    """The SDK tries 5xx again by itself; a 200 after a 500 is charged once."""
    forward, failures = StubEngine.forward, iter([True])

    def fails_once(engine, prepared):
        if next(failures, False):
            raise RuntimeError("once")
        return forward(engine, prepared)

    monkeypatch.setattr(StubEngine, "forward", fails_once)
    monkeypatch.setattr(OpenAI, "_sleep_for_retry", lambda *_args, **_more: None)
    with OpenAI(base_url=base_url, api_key=acme.key, max_retries=1) as patient:
        assert patient.embeddings.create(model=STUB, input=CAT).usage.total_tokens == 7
    assert [event["status"] for event in acme.events()] == ["settled", "failed"]
    assert acme.credits == 1 - credits_of(7)


def test_the_estimate_and_other_routes_are_reached_through_the_client(client):
    body = {"model": STUB, "input": TEN_TOKENS}
    estimate = client.post("/embeddings/estimate", body=body, cast_to=object)
    assert estimate["credits_estimated"] == float(credits_of(10))
    assert client.get("/balance", cast_to=object)["credits"] == 1
