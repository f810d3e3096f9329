"""The log of deliveries, tests and resends over the API."""

import pytest

from billing.webhooks.deliverer import deliver_one
from billing.webhooks.sending import Answer
from tests.billing.api.test_webhook_endpoints import PATH, made


@pytest.fixture
def path(asker):
    return f"{PATH}/{made(asker)['id']}"


def test_a_test_is_answered_as_a_delivery_on_its_way(asker, path):
    answer = asker.post(f"{path}/test", {})
    assert answer.status == 200
    begun = answer.json
    assert begun == {
        "id": begun["id"],
        "object": "webhook_delivery",
        "event": {
            "id": begun["event"]["id"],
            "type": "webhook.test",
            "created_at": begun["created_at"],
        },
        "cause": "test",
        "status": "pending",
        "attempts": 0,
        "created_at": begun["created_at"],
        "next_attempt_at": begun["created_at"],
        "completed_at": None,
        "error": None,
        "last_attempt": None,
    }
    assert asker.get(f"{path}/deliveries/{begun['id']}").json == begun


def test_the_log_says_what_came_of_it(asker, path):
    begun = asker.call("POST", f"{path}/test").json  # a body is not needed
    deliver_one(lambda _: Answer(503, "try later", duration_ms=12))
    (row,) = asker.get(f"{path}/deliveries").json["data"]
    assert (row["id"], row["status"], row["attempts"]) == (begun["id"], "failed", 1)
    assert row["completed_at"]
    assert row["next_attempt_at"] is None
    last = row["last_attempt"]
    assert last.pop("attempted_at") == row["completed_at"]
    assert last == {"duration_ms": 12, "response_status": 503, "response_body": "try later"}


def test_the_log_says_why_there_was_no_answer(asker, path):
    asker.post(f"{path}/test", {})
    deliver_one(lambda _: Answer(None, error="The server cannot be reached."))
    (row,) = asker.get(f"{path}/deliveries").json["data"]
    assert row["error"] == "The server cannot be reached."
    assert row["last_attempt"]["response_status"] is None


def test_a_delivery_is_sent_again_as_another_one_of_the_same_event(asker, path):
    first = asker.post(f"{path}/test", {}).json
    deliver_one(lambda _: Answer(500))
    answer = asker.post(f"{path}/deliveries/{first['id']}/resend", {})
    assert answer.status == 200
    again = answer.json
    assert again["id"] != first["id"]
    assert again["event"] == first["event"]
    assert again["status"] == "pending"
    assert deliver_one(lambda _: Answer(200))
    rows = asker.get(f"{path}/deliveries").json["data"]
    assert [(row["id"], row["status"]) for row in rows] == [
        (again["id"], "succeeded"),
        (first["id"], "failed"),
    ]


def test_the_log_is_newest_first_and_comes_in_pages_of_this_endpoint(asker, path):
    other = f"{PATH}/{made(asker)['id']}"
    ids = [asker.post(f"{path}/test", {}).json["id"] for _ in range(3)]
    asker.post(f"{other}/test", {})
    first = asker.get(f"{path}/deliveries?limit=2").json
    second = asker.get(f"{path}/deliveries?limit=2&cursor={first['next_cursor']}").json
    assert [row["id"] for row in first["data"] + second["data"]] == ids[::-1]
    foreign = asker.get(f"{other}/deliveries?cursor={first['next_cursor']}")
    assert foreign.code == "invalid_page_token"


def test_a_delivery_of_another_endpoint_is_not_found_under_this_one(asker, path):
    other = f"{PATH}/{made(asker)['id']}"
    theirs = asker.post(f"{other}/test", {}).json["id"]
    assert asker.get(f"{path}/deliveries/{theirs}").code == "resource_not_found"
    answer = asker.post(f"{path}/deliveries/{theirs}/resend", {})
    assert answer.code == "resource_not_found"


@pytest.mark.parametrize("rest", ["test", "deliveries/dlv_1/resend"])
def test_fields_are_refused_where_none_are_known(asker, path, rest):
    answer = asker.post(f"{path}/{rest}", {"type": "usage.balance_low"})
    assert (answer.code, answer.error["param"]) == ("unknown_field", "type")


def test_tests_and_resends_that_wait_have_a_limit(asker, path, settings):
    settings.WEBHOOK_MANUAL_PENDING_MAX = 2
    first = asker.post(f"{path}/test", {}).json
    asker.post(f"{path}/deliveries/{first['id']}/resend", {})
    for rest in ("test", f"deliveries/{first['id']}/resend"):
        answer = asker.post(f"{path}/{rest}", {})
        assert (answer.status, answer.code) == (429, "too_many_requests")
        assert answer.headers["Retry-After"] == "5"
    assert deliver_one(lambda _: Answer(200))
    assert asker.post(f"{path}/test", {}).status == 200
