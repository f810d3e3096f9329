"""OpenAI's JavaScript package, three generations of it, under each version of the API."""

import pytest

from accounts import teams
from tests.cast import NOBODY
from tests.embeddings.api.stage import CAT, STUB, TEN_TOKENS, TEXT, credits_of, customer, until
from tests.sdk.vectors import NEW, OLD, TEXTS, VERSIONS, from_base64, same, same_float32

# From the seventh on, a float answer is read as one, whatever was asked for.
JUNK_MAKERS = ("openai4", "openai6")
PICTURE = "data:image/png;base64,iVBORw0KGgo="


@pytest.fixture(params=[*JUNK_MAKERS, "openai7"])
def package(request):
    return request.param


@pytest.fixture
def program(programs, package):
    return programs.node(package)


@pytest.fixture
def ask(program, base_url, acme):
    """Acme's program makes one call. What a test does not say is left to the package."""

    def one(input_=CAT, *, client=(), headers=(), key=acme.key, version=None, more=(), **fields):
        default_headers = {"defaultHeaders": {"Aurous-Version": version}} if version else {}
        made = {"baseURL": base_url, "apiKey": key, "maxRetries": 0} | default_headers
        return program.ask(
            client=made | dict(client),
            fields={"model": STUB, "input": input_} | fields,
            options={"headers": dict(headers)} | dict(more),
        )

    return one


def test_under_the_new_version_the_default_call_gives_the_vector(ask, vectors):
    said = ask(version=NEW)
    (found,) = said.vectors
    same(found, vectors.expanded(CAT))
    assert (said["indexes"], said["model"]) == ([0], STUB)


def test_a_team_pinned_to_the_new_version_needs_no_header(ask, acme, vectors):
    teams.set_version(acme.team.id, NEW, actor=NOBODY)
    (found,) = ask().vectors
    same(found, vectors.expanded(CAT))


def test_under_the_first_version_the_default_call_gives_junk_up_to_the_sixth(ask, package, vectors):
    """The package asks for base64, gets floats, and reads each float as one byte."""
    (found,) = ask(version=OLD).vectors
    if package in JUNK_MAKERS:
        assert len(found) == 384 / 4
        assert abs(found).max() < 1e-30
    else:
        same(found, vectors.of(CAT))


@pytest.mark.parametrize("version", VERSIONS)
def test_encoding_format_float_gives_the_vector_under_either_version(ask, version, vectors):
    (found,) = ask(version=version, encoding_format="float").vectors
    same(found, vectors.of(CAT))


def test_encoding_format_base64_gives_text_that_holds_the_vector(ask, vectors):
    (text,) = ask(version=NEW, encoding_format="base64").texts
    same(from_base64(text), vectors.expanded(CAT))


def test_encoding_format_base64_gives_floats_under_the_first_version(ask, vectors):
    (found,) = ask(version=OLD, encoding_format="base64").vectors
    same(found, vectors.of(CAT))


@pytest.mark.parametrize("encoding", [{}, {"encoding_format": "float"}])
def test_a_batch_gives_a_vector_for_each_text_in_order(ask, acme, vectors, encoding):
    before = acme.credits
    said = ask(TEXTS, version=NEW, **encoding)
    assert said["indexes"] == [0, 1, 2]
    assert acme.credits == before - credits_of(said["usage"]["total_tokens"])
    for found, text in zip(said.vectors, TEXTS, strict=True):
        same_float32(found, vectors.of(text))


def test_a_batch_under_the_first_version_is_a_bad_request(ask):
    error = ask(TEXTS, version=OLD).error
    assert (error["kind"], error["status"]) == ("BadRequestError", 400)
    assert error["code"] == "embeddings_batch_not_supported"
    assert NEW in error["message"]


@pytest.mark.parametrize("version", VERSIONS)
def test_dimensions_and_user_are_passed_on(ask, acme, version, vectors):
    said = ask(version=version, dimensions=64, user="user-7", encoding_format="float")
    assert acme.events()[0]["user"] == "user-7"
    (found,) = said.vectors
    same(found, vectors.of(CAT, dimensions=64))


@pytest.mark.parametrize("version", VERSIONS)
def test_parts_pass_through_as_they_are(ask, version, vectors):
    parts = [{"type": "text", "text": "The cat sat"}, {"type": "text", "text": "on the mat."}]
    (found,) = ask(parts, version=version, encoding_format="float").vectors
    same(found, vectors.of(CAT))


def test_a_picture_reaches_the_api_as_it_is(ask):
    """The stub reads no pictures, and says so about the right part."""
    parts = [{"type": "text", "text": CAT}, {"type": "image_url", "image_url": {"url": PICTURE}}]
    error = ask(parts, version=NEW).error
    assert (error["code"], error["param"]) == ("embeddings_modality_unsupported", "input[1]")


def test_what_we_add_to_the_answer_is_there_too(ask):
    usage = ask(TEN_TOKENS, version=NEW)["usage"]
    assert usage["credits_charged"] == float(credits_of(10))
    assert usage["breakdown"]["tokens"] == {"text": 10, "visual": 0, "video": 0}


def test_the_request_id_and_the_version_are_found(ask, acme):
    said = ask(version=NEW)
    assert said["request_id"] == acme.events()[0]["request_id"]
    assert said["headers"]["aurous-version"] == NEW


@pytest.mark.parametrize(
    ("fields", "kind", "status", "code", "param"),
    [
        ({"input_": ""}, "BadRequestError", 400, "value_out_of_range", "input"),
        ({"input_": [[1, 2]]}, "BadRequestError", 400, "invalid_format", "input[0]"),
        (
            {"dimensions": 65},
            "BadRequestError",
            400,
            "embeddings_unsupported_dimensions",
            "dimensions",
        ),
        ({"stream": True}, "BadRequestError", 400, "unknown_field", "stream"),
        ({"model": "gpt-5"}, "NotFoundError", 404, "model_not_found", "model"),
        ({"key": "sk-wrong"}, "AuthenticationError", 401, "invalid_api_key", None),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_errors_arrive_with_class_code_param_and_request_id(
    ask, version, fields, kind, status, code, param
):
    error = ask(version=version, **fields).error
    assert (error["kind"], error["status"]) == (kind, status)
    assert (error["code"], error["param"]) == (code, param)
    assert error["request_id"] == error["body"]["request_id"]
    assert error["body"]["message"] in error["message"]


def test_a_read_key_that_embeds_is_a_permission_error(ask, acme):
    error = ask(key=acme.key_with(scope="read").key).error
    assert (error["kind"], error["code"]) == ("PermissionDeniedError", "missing_scope")


def test_too_little_credit_is_an_api_error_402(ask):
    error = ask(key=customer("0").key).error
    assert (error["kind"], error["status"]) == ("APIError", 402)
    assert error["code"] == "balance_too_low"


def test_over_the_rate_it_waits_as_long_as_it_is_told_and_tries_again(ask, acme):
    teams.set_limits(acme.team.id, actor=NOBODY, rpm=2)
    assert [ask(version=NEW).waits_s for _ in range(2)] == [[], []]
    said = ask(version=NEW, client={"maxRetries": 1})
    assert (said.error["kind"], said.error["code"]) == ("RateLimitError", "too_many_requests")
    (waited_s,) = said.waits_s
    # The second answer tells a second less where the first came at the end of one.
    assert waited_s - int(said.error["headers"]["retry-after"]) in (0, 1)


def test_its_own_retries_get_through_a_moment_of_trouble(ask, acme, engine_fails_once, vectors):
    engine_fails_once()
    said = ask(version=NEW, client={"maxRetries": 2})
    (waited_s,) = said.waits_s
    assert 0 < waited_s <= 1
    assert [event["status"] for event in acme.events()] == ["settled", "failed"]
    same(said.vectors[0], vectors.expanded(CAT))


def test_no_idempotency_key_is_sent_unless_the_caller_sends_one(ask, acme):
    """The package's own option for one sends nothing."""
    for _ in range(2):
        ask(version=NEW, more={"idempotencyKey": "order-1"})
    assert len(acme.events()) == 2
    first, again = (ask(version=NEW, headers={"Idempotency-Key": "order-1"}) for _ in range(2))
    assert again["headers"]["aurous-idempotent-replayed"] == "true"
    same(again.vectors[0], first.vectors[0])
    assert len(acme.events()) == 3


def test_a_call_that_takes_too_long_ends_and_its_key_gets_the_answer(
    ask, acme, slow_engine, vectors
):
    headers = {"Idempotency-Key": "slow"}
    with slow_engine():
        error = ask(version=NEW, client={"timeout": 200}, headers=headers).error
        assert error["kind"] == "APIConnectionTimeoutError"
        early = ask(version=NEW, client={"maxRetries": 1}, headers=headers)
        assert (early.error["kind"], early.error["code"]) == (
            "ConflictError",
            "idempotency_key_in_use",
        )
        assert early.waits_s == [int(early.error["headers"]["retry-after"])]
    until(lambda: acme.events()[0]["status"] == "settled")
    said = ask(version=NEW, headers=headers)
    assert said["headers"]["aurous-idempotent-replayed"] == "true"
    assert [event["credits_charged"] for event in acme.events()] == [credits_of(7)]
    same(said.vectors[0], vectors.expanded(CAT))


def test_models_are_listed(program, base_url, acme):
    client = {"baseURL": base_url, "apiKey": acme.key}
    assert program.ask(client=client, method="models")["models"] == [TEXT, STUB]
