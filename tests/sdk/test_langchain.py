"""LangChain's OpenAI embeddings under each version of the API."""

import pytest

from accounts import teams
from tests.cast import NOBODY
from tests.embeddings.api.stage import CAT, STUB, credits_of, customer
from tests.sdk.vectors import NEW, OLD, TEXTS, VERSIONS, same

BATCH_MAX = 256


@pytest.fixture
def program(programs):
    return programs.python("langchain_embeddings")


@pytest.fixture
def ask(program, base_url, acme):
    """Acme's program makes one call, as docs/sdks.md says, unless the test says otherwise."""

    def one(method, *arguments, key=acme.key, version=NEW, named=(), **client):
        made = {
            "model": STUB,
            "base_url": base_url,
            "api_key": key,
            "check_embedding_ctx_length": False,
            "max_retries": 0,
        }
        if version:
            made["default_headers"] = {"Aurous-Version": version}
        call = {"method": method, "arguments": arguments, "named": dict(named)}
        return program.ask(client=made | client, **call)

    return one


@pytest.mark.parametrize("method", ["embed_query", "aembed_query"])
def test_a_query_gives_the_vector(ask, method, vectors):
    (found,) = ask(method, CAT).vectors
    same(found, vectors.expanded(CAT))


@pytest.mark.parametrize("method", ["embed_documents", "aembed_documents"])
def test_documents_give_a_vector_each_in_order_for_one_charge(ask, acme, method, vectors):
    found = ask(method, TEXTS).vectors
    (event,) = acme.events()
    assert event["credits_charged"] == 1 - acme.credits
    for one, text in zip(found, TEXTS, strict=True):
        same(one, vectors.expanded(text))


def test_a_team_pinned_to_the_new_version_needs_no_header(ask, acme, vectors):
    teams.set_version(acme.team.id, NEW, actor=NOBODY)
    (found,) = ask("embed_query", CAT, version=None).vectors
    same(found, vectors.expanded(CAT))


def test_floats_may_be_asked_for(ask, vectors):
    (found,) = ask("embed_query", CAT, model_kwargs={"encoding_format": "float"}).vectors
    same(found, vectors.of(CAT))


def test_dimensions_and_user_are_passed_on(ask, acme, vectors):
    (found,) = ask("embed_query", CAT, dimensions=64, model_kwargs={"user": "user-7"}).vectors
    assert acme.events()[0]["user"] == "user-7"
    same(found, vectors.expanded(CAT, dimensions=64))


@pytest.mark.parametrize(("method", "content"), [("embed_query", CAT), ("embed_documents", [CAT])])
def test_the_first_version_takes_none_of_its_calls_because_each_is_an_array(ask, method, content):
    error = ask(method, content, version=OLD).error
    assert (error["kind"], error["status"]) == ("BadRequestError", 400)
    assert error["code"] == "embeddings_batch_not_supported"
    assert NEW in error["message"]


@pytest.mark.parametrize("version", VERSIONS)
def test_as_it_is_made_it_sends_token_ids_which_no_version_takes(ask, version):
    error = ask("embed_query", CAT, version=version, check_embedding_ctx_length=True).error
    assert (error["kind"], error["code"]) == ("BadRequestError", "invalid_format")
    assert error["param"] == "input[0]"


def test_more_documents_than_a_batch_need_its_size_told(ask, acme, vectors):
    texts = [f"document {number}" for number in range(BATCH_MAX + 1)]
    error = ask("embed_documents", texts).error
    assert error["code"] == "embeddings_input_too_many_items"
    found = ask("embed_documents", texts, chunk_size=BATCH_MAX).vectors
    assert len(acme.events()) == 2
    assert len(found) == BATCH_MAX + 1
    same(found[0], vectors.expanded(texts[0]))
    same(found[-1], vectors.expanded(texts[-1]))


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
        ({"model": "gpt-5"}, "NotFoundError", 404, "model_not_found", "model"),
        ({"key": "sk-wrong"}, "AuthenticationError", 401, "invalid_api_key", None),
        (
            {"model_kwargs": {"extra_body": {"stream": True}}},
            "BadRequestError",
            400,
            "unknown_field",
            "stream",
        ),
    ],
)
def test_errors_are_those_of_openais_package(ask, options, kind, status, code, param):
    error = ask("embed_query", CAT, **options).error
    assert (error["kind"], error["status"], error["code"]) == (kind, status, code)
    assert error["param"] == param
    assert error["request_id"] == error["body"]["request_id"]


def test_an_empty_text_is_refused(ask):
    error = ask("embed_documents", [CAT, ""]).error
    assert (error["code"], error["param"]) == ("value_out_of_range", "input[1]")


def test_no_documents_are_no_request(ask, acme):
    assert ask("embed_documents", []).content["vectors"] == [{"float64": ""}]
    assert acme.events() == []


def test_too_little_credit_is_an_api_status_error_402(ask):
    error = ask("embed_query", CAT, key=customer("0").key).error
    assert (error["kind"], error["status"]) == ("APIStatusError", 402)
    assert error["code"] == "balance_too_low"


def test_over_the_rate_it_waits_as_long_as_it_is_told_and_tries_again(ask, acme):
    teams.set_limits(acme.team.id, actor=NOBODY, rpm=2)
    assert [ask("embed_query", CAT).waits_s for _ in range(2)] == [[], []]
    said = ask("embed_query", CAT, max_retries=1)
    assert (said.error["kind"], said.error["code"]) == ("RateLimitError", "too_many_requests")
    (waited_s,) = said.waits_s
    assert waited_s - int(said.error["headers"]["retry-after"]) in (0, 1)


def test_its_own_retries_get_through_a_moment_of_trouble(ask, acme, engine_fails_once, vectors):
    engine_fails_once()
    said = ask("embed_query", CAT, max_retries=2)
    assert len(said.waits_s) == 1
    assert [event["status"] for event in acme.events()] == ["settled", "failed"]
    same(said.vectors[0], vectors.expanded(CAT))


def test_a_call_that_takes_too_long_ends(ask, slow_engine):
    with slow_engine():
        assert ask("embed_query", CAT, request_timeout=0.2).error["kind"] == "APITimeoutError"


def test_an_idempotency_key_goes_with_a_call(ask, acme):
    named = {"extra_headers": {"Aurous-Version": NEW, "Idempotency-Key": "order-1"}}
    first, again = (ask("embed_documents", TEXTS, named=named).vectors for _ in range(2))
    assert len(acme.events()) == 1
    assert acme.credits == 1 - credits_of(acme.events()[0]["tokens"]["text"])
    for one, other in zip(first, again, strict=True):
        same(one, other)
