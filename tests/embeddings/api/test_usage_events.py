"""``GET /v1/usage/events``: one row a request that was held."""

import re

import pytest

from tests.embeddings.api.stage import (
    STUB,
    TEN_TOKENS,
    VERSION,
    credits_of,
    customer,
    meanwhile,
)
from tests.embeddings.api.test_reading_money import MOMENT, pages_of


def test_a_settled_request_has_exactly_the_documented_fields(acme):
    answer = acme.embed(TEN_TOKENS, user="user-7")
    (event,) = acme.events()
    assert re.fullmatch(r"emb_[0-9A-HJKMNP-TV-Z]{26}", event.pop("id"))
    assert MOMENT.fullmatch(event.pop("created_at"))
    assert event.pop("duration_ms") >= 0
    assert event == {
        "request_id": answer.headers["Aurous-Request-Id"],
        "model": STUB,
        "status": "settled",
        "tokens": {"text": 10, "visual": 0, "video": 0},
        "credits": {"text": credits_of(10), "visual": 0, "video": 0},
        "credits_charged": credits_of(10),
        "api_key_id": acme.key_id,
        "user": "user-7",
        "api_version": VERSION,
        "error_code": None,
    }


def test_without_a_user_the_field_is_null(acme):
    acme.embed()
    assert acme.events()[0]["user"] is None


def test_a_running_request_has_no_duration_and_no_charge_yet(acme, gate):
    running = meanwhile(acme.embed)
    gate.wait_for_one()
    (event,) = acme.events()
    assert (event["status"], event["duration_ms"], event["credits_charged"]) == ("running", None, 0)
    gate.open()
    running.result()
    assert acme.events()[0]["status"] == "settled"


def test_replays_and_refused_requests_have_no_row_of_their_own(acme):
    for _ in range(3):
        acme.embed(Idempotency_Key="k")
    acme.embed("")
    acme.estimate()
    assert len(acme.events()) == 1


@pytest.mark.parametrize("limit", [1, 2, 5, 500])
def test_pages_are_the_whole_list_newest_first(acme, limit):
    asked = [acme.embed(f"text {n}").headers["Aurous-Request-Id"] for n in range(5)]
    rows = pages_of(acme, "usage/events", limit)
    assert [row["request_id"] for row in rows] == asked[::-1]


def test_the_charges_of_the_events_are_the_usage_lines_of_the_statement(acme):
    for n in range(4):
        acme.embed("word " * (n + 1))
    charges = {event["request_id"]: event["credits_charged"] for event in acme.events()}
    lines = {line["request_id"]: -line["amount"] for line in acme.lines() if line["request_id"]}
    assert charges == lines
    assert sum(charges.values()) == 1 - acme.credits


def test_each_team_sees_its_own_requests(acme):
    other = customer()
    acme.embed()
    other.embed()
    (mine,), (theirs,) = acme.events(), other.events()
    assert mine["id"] != theirs["id"]


def test_another_teams_cursor_is_refused(acme):
    other = customer()
    for someone in (acme, other):
        someone.embed()
        someone.embed()
    cursor = acme.get("usage/events?limit=1").json["next_cursor"]
    assert acme.get(f"usage/events?limit=1&cursor={cursor}").status == 200
    answer = other.get(f"usage/events?limit=1&cursor={cursor}")
    assert (answer.status, answer.code) == (400, "invalid_page_token")
