"""LlamaIndex's OpenAI embeddings under each version of the API."""

import pytest

from accounts import teams
from tests.cast import NOBODY
from tests.embeddings.api.stage import CAT, STUB, credits_of, customer
from tests.sdk.vectors import NEW, OLD, TEXTS, same

BATCH_MAX = 256


@pytest.fixture
def program(programs):
    return programs.python("llama_index_embeddings")


@pytest.fixture
def ask(program, base_url, acme):
    """Acme's program makes one call, as docs/sdks.md says, unless the test says otherwise."""

    def one(method, *arguments, key=acme.key, version=NEW, **client):
        made = {"model_name": STUB, "api_base": base_url, "api_key": key, "max_retries": 0}
        if version:
            made["default_headers"] = {"Aurous-Version": version}
        return program.ask(client=made | client, method=method, arguments=arguments)

    return one


@pytest.mark.parametrize(
    "method", ["get_text_embedding", "get_query_embedding", "aget_text_embedding"]
)
def test_a_text_gives_the_vector(ask, method, vectors):
    (found,) = ask(method, CAT).vectors
    same(found, vectors.expanded(CAT))


def test_line_breaks_become_spaces_before_they_are_sent(ask, vectors):
    (found,) = ask("get_text_embedding", "The cat sat\non the mat.").vectors
    same(found, vectors.expanded("The cat sat on the mat."))


def test_a_batch_gives_a_vector_each_in_order(ask, acme, vectors):
    found = ask("get_text_embedding_batch", TEXTS).vectors
    (event,) = acme.events()
    assert event["credits_charged"] == 1 - acme.credits
    for one, text in zip(found, TEXTS, strict=True):
        same(one, vectors.expanded(text))


def test_a_hundred_texts_go_in_a_request_unless_another_number_is_told(ask, acme):
    texts = [f"document {number}" for number in range(BATCH_MAX + 1)]
    assert len(ask("get_text_embedding_batch", texts).vectors) == BATCH_MAX + 1
    assert len(acme.events()) == 3
    ask("get_text_embedding_batch", texts, embed_batch_size=BATCH_MAX)
    assert len(acme.events()) == 5
    error = ask("get_text_embedding_batch", texts, embed_batch_size=BATCH_MAX + 1).error
    assert error["code"] == "embeddings_input_too_many_items"


def test_a_team_pinned_to_the_new_version_needs_no_header(ask, acme, vectors):
    teams.set_version(acme.team.id, NEW, actor=NOBODY)
    (found,) = ask("get_text_embedding", CAT, version=None).vectors
    same(found, vectors.expanded(CAT))


def test_floats_may_be_asked_for(ask, vectors):
    options = {"additional_kwargs": {"encoding_format": "float"}}
    (found,) = ask("get_text_embedding", CAT, **options).vectors
    same(found, vectors.of(CAT))


def test_dimensions_and_user_are_passed_on(ask, acme, vectors):
    options = {"dimensions": 64, "additional_kwargs": {"user": "user-7"}}
    (found,) = ask("get_text_embedding", CAT, **options).vectors
    assert acme.events()[0]["user"] == "user-7"
    same(found, vectors.expanded(CAT, dimensions=64))


@pytest.mark.parametrize(
    ("method", "content"),
    [
        ("get_text_embedding", CAT),
        ("get_query_embedding", CAT),
        ("get_text_embedding_batch", [CAT]),
    ],
)
def test_the_first_version_takes_none_of_its_calls_because_each_is_an_array(ask, method, content):
    error = ask(method, content, version=OLD).error
    assert (error["kind"], error["status"]) == ("BadRequestError", 400)
    assert error["code"] == "embeddings_batch_not_supported"
    assert NEW in error["message"]


def test_our_models_are_named_by_model_name_not_by_model(ask):
    error = ask("get_text_embedding", CAT, model=STUB, model_name=None).error
    assert error["kind"] == "ValueError"
    assert "is not a valid OpenAIEmbeddingModelType" in error["message"]


@pytest.mark.parametrize(
    ("options", "kind", "status", "code", "param"),
    [
        (
            {"dimensions": 65},
            "BadRequestError",
            400,
            "embeddings_unsupported_dimensions",
            "dimensions",
        ),
        ({"model_name": "gpt-5"}, "NotFoundError", 404, "model_not_found", "model"),
        ({"key": "sk-wrong"}, "AuthenticationError", 401, "invalid_api_key", None),
        (
            {"additional_kwargs": {"extra_body": {"stream": True}}},
            "BadRequestError",
            400,
            "unknown_field",
            "stream",
        ),
    ],
)
def test_errors_are_those_of_openais_package(ask, options, kind, status, code, param):
    error = ask("get_text_embedding", CAT, **options).error
    assert (error["kind"], error["status"], error["code"]) == (kind, status, code)
    assert error["param"] == param
    assert error["request_id"] == error["body"]["request_id"]


def test_too_little_credit_is_an_api_status_error_402(ask):
    error = ask("get_text_embedding", CAT, key=customer("0").key).error
    assert (error["kind"], error["status"]) == ("APIStatusError", 402)
    assert error["code"] == "balance_too_low"


def test_over_the_rate_it_waits_as_long_as_it_is_told_and_tries_again(ask, acme):
    teams.set_limits(acme.team.id, actor=NOBODY, rpm=2)
    assert [ask("get_text_embedding", CAT).waits_s for _ in range(2)] == [[], []]
    said = ask("get_text_embedding", CAT, max_retries=1)
    assert (said.error["kind"], said.error["code"]) == ("RateLimitError", "too_many_requests")
    (waited_s,) = said.waits_s
    assert waited_s - int(said.error["headers"]["retry-after"]) in (0, 1)


def test_two_retries_are_six_tries_because_it_repeats_what_openais_package_repeats(ask, acme):
    """Its own two, each with the two retries of the package under it."""
    teams.set_limits(acme.team.id, actor=NOBODY, rpm=1)
    ask("get_text_embedding", CAT)
    said = ask("get_text_embedding", CAT, max_retries=2)
    assert said.error["code"] == "too_many_requests"
    assert len(said.waits_s) == 2 * 2 + 1


def test_its_own_retries_get_through_a_moment_of_trouble(ask, acme, engine_fails_once, vectors):
    engine_fails_once()
    said = ask("get_text_embedding", CAT, max_retries=2)
    assert len(said.waits_s) == 1
    assert [event["status"] for event in acme.events()] == ["settled", "failed"]
    same(said.vectors[0], vectors.expanded(CAT))


def test_a_call_that_takes_too_long_ends(ask, slow_engine):
    with slow_engine():
        error = ask("get_text_embedding", CAT, timeout=0.2).error
    assert error["kind"] == "APITimeoutError"


def test_an_idempotency_key_goes_with_one_call(ask, acme):
    headers = {"Aurous-Version": NEW, "Idempotency-Key": "order-1"}
    options = {"default_headers": headers}
    first, again = (ask("get_text_embedding_batch", TEXTS, **options).vectors for _ in range(2))
    assert len(acme.events()) == 1
    assert acme.credits == 1 - credits_of(acme.events()[0]["tokens"]["text"])
    for one, other in zip(first, again, strict=True):
        same(one, other)
    assert ask("get_text_embedding", CAT, **options).error["code"] == "idempotency_key_in_use"
