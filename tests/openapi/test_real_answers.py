"""Answers of the running platform, good and bad, are as the document says."""

import pytest

from tests.embeddings.api.stage import STUB, TEXT, customer
from tests.openapi.document import complaints_about

EMBEDDINGS, ESTIMATE = "/v1/embeddings", "/v1/embeddings/estimate"


NEW = {"Aurous_Version": "2026-11-01"}


def body(content="a cat", model=STUB, **more):
    return {"model": model, "input": content, **more}


# Method, documented path, what is asked for in its place, body, headers, status.
CALLS = [
    ("POST", EMBEDDINGS, None, body(), {}, 200),
    ("POST", EMBEDDINGS, None, body([{"type": "text", "text": "a"}], dimensions=64), {}, 200),
    ("POST", EMBEDDINGS, None, body(""), {}, 400),
    ("POST", EMBEDDINGS, None, b"{", {}, 400),
    ("POST", EMBEDDINGS, None, body(), {"Aurous_Version": "1999-01-01"}, 400),
    ("POST", EMBEDDINGS, None, body(), {"Idempotency_Key": "a b"}, 400),
    ("POST", EMBEDDINGS, None, body(), {"Authorization": ""}, 401),
    ("POST", EMBEDDINGS, None, body(model="none"), {}, 404),
    ("PUT", EMBEDDINGS, None, body(), {}, 405),
    ("POST", EMBEDDINGS, None, body(), {"Content_Type": "text/plain"}, 415),
    ("POST", EMBEDDINGS, None, body(model="aurous-embed-vision"), {}, 503),
    ("POST", EMBEDDINGS, None, body(encoding_format="base64"), {}, 200),
    ("POST", EMBEDDINGS, None, body(["a", "b"]), {}, 400),
    ("POST", EMBEDDINGS, None, body(), NEW, 200),
    ("POST", EMBEDDINGS, None, body(encoding_format="base64"), NEW, 200),
    ("POST", EMBEDDINGS, None, body(["a", "b"]), NEW, 200),
    ("POST", EMBEDDINGS, None, body(["a"] * 256, encoding_format="base64"), NEW, 200),
    ("POST", EMBEDDINGS, None, body(["a", ""]), NEW, 400),
    ("POST", ESTIMATE, None, body(["a", "b"]), {}, 400),
    ("POST", ESTIMATE, None, body(["a", "b"]), NEW, 200),
    ("POST", ESTIMATE, None, body(), {}, 200),
    ("POST", ESTIMATE, None, body(dimensions=7), {}, 400),
    ("GET", "/v1/models", None, None, {}, 200),
    ("GET", "/v1/models", "models?a=1", None, {}, 400),
    ("GET", "/v1/models/{slug}", f"models/{TEXT}", None, {}, 200),
    ("GET", "/v1/models/{slug}", "models/none", None, {}, 404),
    ("GET", "/v1/balance", None, None, {}, 200),
    ("GET", "/v1/balance", None, None, {"Authorization": "Bearer x"}, 401),
    ("GET", "/v1/team", None, None, {}, 200),
    ("PATCH", "/v1/team", None, {"name": "New"}, {}, 200),
    ("PATCH", "/v1/team", None, {"name": ""}, {}, 400),
    ("GET", "/v1/usage/events", "usage/events?limit=1", None, {}, 200),
    ("GET", "/v1/usage/events", "usage/events?limit=0", None, {}, 400),
    ("GET", "/v1/ledger/entries", "ledger/entries?limit=1", None, {}, 200),
    ("GET", "/v1/ledger/entries", "ledger/entries?cursor=x", None, {}, 400),
    ("GET", "/v1/openapi.json", None, None, {"Authorization": ""}, 200),
]


@pytest.fixture(scope="module")
def someone(platform):
    """A customer with something to read on every list."""
    made = customer()
    for _ in range(2):
        made.embed(user="u")
        made.embed(Idempotency_Key="k")
    return made


@pytest.mark.parametrize(
    ("method", "path", "asked", "sent", "headers", "status"),
    CALLS,
    ids=[f"{number} {call[0]} {call[2] or call[1]} {call[5]}" for number, call in enumerate(CALLS)],
)
def test_the_answer_is_as_documented(
    transactional_db, someone, method, path, asked, sent, headers, status
):
    answer = someone.call(method, asked or path.removeprefix("/v1/"), sent, **headers)
    assert answer.status == status, answer.content
    documented = "POST" if status == 405 else method  # any operation of the path will do
    assert complaints_about(documented, path, answer) == []


def test_402_403_409_413_and_429_are_as_documented(transactional_db, someone, settings):
    poor, reader = customer("0"), someone.key_with(scope="read")
    settings.REQUEST_BODY_BYTES_MAX = 200
    settings.RATE_TOKENS_PER_MINUTE = 10
    answers = {
        402: poor.embed("x"),
        403: reader.embed("x"),
        409: someone.embed("x", Idempotency_Key="k"),
        413: someone.embed("x" * 200),
        429: someone.embed("a " * 20),
    }
    for status, answer in answers.items():
        assert answer.status == status
        assert complaints_about("POST", EMBEDDINGS, answer) == [], status
