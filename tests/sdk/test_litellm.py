"""LiteLLM as a client of ours under each version of the API."""

import pytest

from accounts import teams
from tests.cast import NOBODY
from tests.embeddings.api.stage import CAT, STUB, TEN_TOKENS, credits_of, customer
from tests.embeddings.api.vision import VISION
from tests.sdk.vectors import NEW, OLD, TEXTS, VERSIONS, from_base64, same


@pytest.fixture
def program(programs):
    return programs.python("litellm_embedding")


@pytest.fixture
def ask(program, base_url, acme):
    """Acme's program makes one call, as docs/sdks.md says, unless the test says otherwise."""

    def one(
        input_=CAT, *, method="embedding", key=acme.key, version=NEW, headers=(), model=STUB, **more
    ):
        named = {
            "model": f"openai/{model}",
            "input": input_,
            "api_base": base_url,
            "api_key": key,
            "max_retries": 0,
            "extra_headers": {"Aurous-Version": version} | dict(headers),
        }
        return program.ask(method=method, named=named | more)

    return one


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("method", ["embedding", "aembedding"])
def test_a_text_gives_the_vector_under_either_version(ask, method, version, vectors):
    said = ask(method=method, version=version)
    (found,) = said.vectors
    same(found, vectors.of(CAT))
    assert said["model"] == STUB


@pytest.mark.parametrize("version", VERSIONS)
def test_floats_may_be_asked_for(ask, version, vectors):
    (found,) = ask(version=version, encoding_format="float").vectors
    same(found, vectors.of(CAT))


def test_base64_is_handed_on_as_text(ask, vectors):
    (text,) = ask(encoding_format="base64").texts
    same(from_base64(text), vectors.expanded(CAT))


def test_base64_is_floats_under_the_first_version(ask, vectors):
    (found,) = ask(version=OLD, encoding_format="base64").vectors
    same(found, vectors.of(CAT))


def test_a_batch_gives_a_vector_each_in_order(ask, acme, vectors):
    said = ask(TEXTS)
    (event,) = acme.events()
    assert event["credits_charged"] == 1 - acme.credits
    assert said["indexes"] == [0, 1, 2]
    for one, text in zip(said.vectors, TEXTS, strict=True):
        same(one, vectors.of(text))


def test_a_batch_under_the_first_version_is_a_bad_request(ask):
    error = ask(TEXTS, version=OLD).error
    assert (error["kind"], error["status"]) == ("BadRequestError", 400)
    assert "embeddings_batch_not_supported" in error["message"]


@pytest.mark.parametrize("version", VERSIONS)
def test_parts_pass_through_as_they_are(ask, version, vectors):
    parts = [{"type": "text", "text": "The cat sat"}, {"type": "text", "text": "on the mat."}]
    (found,) = ask(parts, version=version).vectors
    same(found, vectors.of(CAT))


def test_dimensions_pass_only_when_they_are_allowed_by_name(ask, vectors):
    error = ask(dimensions=64).error
    assert error["kind"] == "UnsupportedParamsError"
    (found,) = ask(dimensions=64, allowed_openai_params=["dimensions"]).vectors
    same(found, vectors.of(CAT, dimensions=64))


def test_drop_params_drops_dimensions_without_a_word(ask, vectors):
    (found,) = ask(dimensions=64, drop_params=True).vectors
    same(found, vectors.of(CAT))


def test_user_is_passed_on(ask, acme):
    assert "error" not in ask(user="user-7").content
    assert acme.events()[0]["user"] == "user-7"


def test_a_field_of_another_provider_is_passed_on_and_refused(ask):
    error = ask(input_type="query").error
    assert error["kind"] == "BadRequestError"
    assert "unknown_field" in error["message"]


def test_tokens_are_handed_on_and_what_we_add_to_usage_is_not(ask, acme):
    usage = ask(TEN_TOKENS)["usage"]
    assert (usage["prompt_tokens"], usage["total_tokens"]) == (10, 10)
    assert "credits_charged" not in usage
    assert acme.credits == 1 - credits_of(10)


def test_the_request_id_and_the_version_are_found(ask, acme):
    headers = ask()["headers"]
    assert headers["llm_provider-x-request-id"] == acme.events()[0]["request_id"]
    assert headers["llm_provider-aurous-version"] == NEW


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("options", "kind", "status", "code"),
    [
        ({"input_": ""}, "BadRequestError", 400, "value_out_of_range"),
        ({"input_": [[1, 2]]}, "BadRequestError", 400, "invalid_format"),
        ({"model": "gpt-5"}, "NotFoundError", 404, "model_not_found"),
        ({"key": "sk-wrong"}, "AuthenticationError", 401, "invalid_api_key"),
    ],
)
def test_errors_have_its_own_classes_with_ours_in_the_message(
    ask, version, options, kind, status, code
):
    error = ask(version=version, **options).error
    assert (error["kind"], error["status"]) == (kind, status)
    assert code in error["message"]


def test_too_little_credit_is_an_api_error_402(ask):
    error = ask(key=customer("0").key).error
    assert (error["kind"], error["status"]) == ("APIError", 402)
    assert "balance_too_low" in error["message"]


def test_a_read_key_that_embeds_is_an_api_error_403(ask, acme):
    error = ask(key=acme.key_with(scope="read").key).error
    assert (error["kind"], error["status"]) == ("APIError", 403)
    assert "missing_scope" in error["message"]


def test_our_own_trouble_is_a_service_unavailable_error_503(ask):
    error = ask(model=VISION).error
    assert (error["kind"], error["status"]) == ("ServiceUnavailableError", 503)
    assert "provider_unavailable" in error["message"]


def test_another_body_under_one_key_is_an_api_error_409(ask):
    headers = {"Idempotency-Key": "order-2"}
    assert "error" not in ask(headers=headers).content
    error = ask(TEN_TOKENS, headers=headers).error
    assert (error["kind"], error["status"]) == ("APIError", 409)
    assert "idempotency_key_in_use" in error["message"]


def test_no_retries_are_two_retries(ask, acme):
    """It takes a zero for nothing said."""
    teams.set_limits(acme.team.id, actor=NOBODY, rpm=1)
    ask()
    assert len(ask(max_retries=0).waits_s) == 2


def test_over_the_rate_it_waits_as_long_as_it_is_told_and_tries_again(ask, acme):
    teams.set_limits(acme.team.id, actor=NOBODY, rpm=2)
    assert [ask().waits_s for _ in range(2)] == [[], []]
    said = ask(max_retries=1)
    assert said.error["kind"] == "RateLimitError"
    (waited_s,) = said.waits_s
    assert 28 <= waited_s <= 30  # two a minute; its own choice would be below ten


def test_its_own_retries_get_through_a_moment_of_trouble(ask, acme, engine_fails_once, vectors):
    engine_fails_once()
    said = ask(max_retries=2)
    assert len(said.waits_s) == 1
    assert [event["status"] for event in acme.events()] == ["settled", "failed"]
    same(said.vectors[0], vectors.of(CAT))


def test_a_call_that_takes_too_long_ends(ask, slow_engine):
    with slow_engine():
        assert ask(timeout=0.2).error["kind"] == "Timeout"


def test_an_idempotency_key_goes_in_the_extra_headers(ask, acme):
    headers = {"Idempotency-Key": "order-1"}
    first, again = (ask(headers=headers) for _ in range(2))
    assert again["headers"]["llm_provider-aurous-idempotent-replayed"] == "true"
    same(again.vectors[0], first.vectors[0])
    assert len(acme.events()) == 1
