"""Answers of the running platform, good and bad, are as the document says."""

import pytest

from tests.embeddings.api.stage import STUB, TEXT, customer
from tests.openapi.document import complaints_about

EMBEDDINGS, ESTIMATE = "/v1/embeddings", "/v1/embeddings/estimate"
HOOKS = "/v1/webhook_endpoints"

BY_USER = "start_time=2026-01-01T00:00:00Z&group_by[]=user&group_by[]=status&bucket_width=7d"


NEW = {"Aurous_Version": "2026-11-01"}


def body(content="a cat", model=STUB, **more):
    return {"model": model, "input": content, **more}


KEY, ROLL = "/v1/keys/{key_id}", "/v1/keys/{key_id}/roll"
RULES = {
    "name": "k",
    "scope": "read",
    "expires_at": "2090-01-01T00:00:00Z",
    "models": [STUB],
    "cidrs": ["::/0"],
    "limit_day": 0.1,
    "limit_month": 2,
    "limit_total": 3,
    "rpm": 5,
}
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
    ("GET", "/v1/keys", None, None, {}, 200),
    ("GET", "/v1/keys", "keys?limit=1", None, {}, 200),
    ("GET", "/v1/keys", "keys?cursor=x", None, {}, 400),
    ("POST", "/v1/keys", None, {"name": "k"}, {}, 201),
    ("POST", "/v1/keys", None, RULES, {"Idempotency_Key": "made"}, 201),
    ("POST", "/v1/keys", None, RULES, {"Idempotency_Key": "made"}, 201),
    ("POST", "/v1/keys", None, {"name": "k"}, {"Idempotency_Key": "made"}, 409),
    ("POST", "/v1/keys", None, {"name": "k", "cidrs": ["x"]}, {}, 400),
    ("POST", "/v1/keys", None, {}, {}, 400),
    ("POST", "/v1/keys", None, {"name": "k"}, {"Authorization": ""}, 401),
    ("GET", KEY, "keys/key_none", None, {}, 404),
    ("PATCH", KEY, "keys/key_none", {"name": "k"}, {}, 404),
    ("PATCH", KEY, "keys/key_none", {"id": "k"}, {}, 400),
    ("DELETE", KEY, "keys/key_none", None, {}, 404),
    ("POST", ROLL, "keys/key_none/roll", None, {}, 404),
    ("POST", ROLL, "keys/key_none/roll", {"overlap_hours": 2}, {}, 400),
    ("GET", "/v1/usage", "usage?start_time=2026-01-01T00:00:00Z", None, {}, 200),
    ("GET", "/v1/usage", f"usage?{BY_USER}", None, {}, 200),
    ("GET", "/v1/usage", None, None, {}, 400),
    ("GET", "/v1/usage/events", "usage/events?limit=1", None, {}, 200),
    ("GET", "/v1/usage/events/export", None, None, {}, 200),
    ("GET", "/v1/usage/events/export", "usage/events/export?format=jsonl", None, {}, 200),
    ("GET", "/v1/usage/events/export", "usage/events/export?format=xml", None, {}, 400),
    ("GET", "/v1/ledger/entries/export", None, None, {}, 200),
    ("GET", "/v1/ledger/entries/export", "ledger/entries/export?a=b", None, {}, 400),
    ("GET", "/v1/usage/events", "usage/events?limit=0", None, {}, 400),
    ("GET", "/v1/ledger/entries", "ledger/entries?limit=1", None, {}, 200),
    ("GET", "/v1/ledger/entries", "ledger/entries?cursor=x", None, {}, 400),
    ("POST", HOOKS, None, {"url": "https://hooks.example.com/", "events": ["*"]}, {}, 201),
    ("POST", HOOKS, None, {"url": "http://hooks.example.com/", "events": ["*"]}, {}, 400),
    ("POST", HOOKS, None, {"url": "https://hooks.example.com/"}, {}, 400),
    ("GET", HOOKS, "webhook_endpoints?limit=1", None, {}, 200),
    ("GET", f"{HOOKS}/{{endpoint_id}}", "webhook_endpoints/we_none", None, {}, 404),
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


def test_the_life_of_a_key_is_as_documented(transactional_db, someone):
    made = someone.post("keys", RULES).json
    path, limits = f"keys/{made['id']}", {"limit_day": None, "rpm": None}
    life = [
        ("GET", KEY, path, None),
        ("PATCH", KEY, path, limits),
        ("POST", ROLL, f"{path}/roll", None),
        ("POST", ROLL, f"{path}/roll", {"overlap_hours": 1}),
        ("DELETE", KEY, path, None),
        ("GET", KEY, path, None),
        ("GET", "/v1/keys", "keys?limit=2", None),
    ]
    for method, documented, asked, body in life:
        answer = someone.call(method, asked, body)
        assert answer.status == 200
        assert complaints_about(method, documented, answer) == []


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/keys"), ("POST", ROLL), ("DELETE", KEY)])
def test_a_key_route_answers_a_lesser_key_as_documented(transactional_db, someone, method, path):
    asked = path.removeprefix("/v1/").format(key_id=someone.key_id)
    answer = someone.key_with(scope="write").call(method, asked)
    assert answer.status == 403
    assert complaints_about(method, path, answer) == []


def test_the_life_of_a_webhook_endpoint_is_as_documented(transactional_db, someone):
    made = someone.post("webhook_endpoints", {"url": "https://hooks.example.com/", "events": ["*"]})
    one = f"webhook_endpoints/{made.json['id']}"
    documented = f"{HOOKS}/{{endpoint_id}}"
    delivery = someone.post(f"{one}/test", {})
    log = f"{one}/deliveries"
    sent = f"{log}/{delivery.json['id']}"
    answers = [
        ("GET", documented, someone.get(one)),
        ("PATCH", documented, someone.call("PATCH", one, {"disabled": True})),
        ("POST", f"{documented}/roll", someone.post(f"{one}/roll", {})),
        ("POST", f"{documented}/test", delivery),
        ("GET", f"{documented}/deliveries", someone.get(log)),
        ("GET", f"{documented}/deliveries/{{delivery_id}}", someone.get(sent)),
        (
            "POST",
            f"{documented}/deliveries/{{delivery_id}}/resend",
            someone.post(f"{sent}/resend", {}),
        ),
        ("DELETE", documented, someone.call("DELETE", one)),
    ]
    for method, path, answer in answers:
        assert answer.status == 200, (method, path, answer.content)
        assert complaints_about(method, path, answer) == []
