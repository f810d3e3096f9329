"""Filters of ``/v1/usage/events`` and ``/v1/ledger/entries``: exactly the rows that have it."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

import pytest

from accounts.actors import system_actor
from embeddings import history
from tests.embeddings.api.stage import customer, meanwhile
from tests.embeddings.api.test_usage import wanted

ROWS = 300


@pytest.fixture(scope="module")
def past(platform):
    """A customer with 90 days of requests, those requests, and its statement."""
    made = customer()
    history.fill(made.team, ROWS, seed=5, actor=system_actor("tests"), report=lambda _: None)
    return made, made.events(), made.lines()


@pytest.fixture(autouse=True)
def _database(transactional_db):
    pass


def all_of(someone, path, limit=500, **query):
    """Every row, page by page."""
    query = {n.replace("__", "[]"): v for n, v in query.items()}
    rows, cursor = [], {}
    while True:
        words = urlencode(query | {"limit": limit} | cursor, doseq=True)
        answer = someone.get(f"{path}?{words}")
        assert answer.status == 200, answer.content
        rows += answer.json["data"]
        if not answer.json["has_more"]:
            return rows
        cursor = {"cursor": answer.json["next_cursor"]}


FILTERS = [
    {"models__": "aurous-embed-text"},
    {"models__": "none"},
    {"users__": "amara"},
    {"users__": "nobody"},
    {"statuses__": "settled"},
    {"statuses__": "failed"},
    {"statuses__": ["released", "failed"]},
    {"statuses__": ["running", "queued"]},
    {"statuses__": ["running", "settled"]},
    {"versions__": "2026-05-15", "users__": ["bo", "dina"]},
    {"versions__": "2020-01-01"},
    {"models__": "aurous-stub", "statuses__": "failed", "users__": "bo"},
    {"models__": "aurous-stub", "statuses__": ["failed", "queued"]},
]


@pytest.mark.parametrize("limit", [3, 500])
@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_a_filter_gives_the_requests_that_have_it_newest_first(past, filters, limit):
    someone, events, _ = past
    assert all_of(someone, "usage/events", limit, **filters) == wanted(events, filters)


@pytest.mark.parametrize("number", [0, 17, ROWS - 1])
def test_requests_of_a_key_within_a_period(past, number):
    someone, events, _ = past
    key, at = events[number]["api_key_id"], datetime.fromisoformat(events[number]["created_at"])
    since, before = at - timedelta(days=9), at + timedelta(days=9)
    expected = [
        event
        for event in events
        if event["api_key_id"] == key
        and since <= datetime.fromisoformat(event["created_at"]) < before
    ]
    found = all_of(
        someone,
        "usage/events",
        7,
        api_key_ids__=key,
        start_time=since.isoformat(),
        end_time=before.isoformat(),
    )
    assert found == expected != []


def test_the_end_of_a_period_is_not_in_it(past):
    someone, events, _ = past
    at = events[100]["created_at"]
    after = all_of(someone, "usage/events", start_time=at)
    before = all_of(someone, "usage/events", end_time=at)
    assert [*after, *before] == events
    assert after[-1] == events[100]


def test_requests_that_still_run_are_found_by_what_they_are(acme, gate):
    running = meanwhile(lambda: acme.embed(user="ann"))
    gate.wait_for_one()
    for filters in (
        {"statuses__": "running"},
        {"users__": "ann"},
        {"models__": "aurous-stub"},
        {"models__": "aurous-stub", "statuses__": ["running", "settled"]},
        {"api_key_ids__": acme.key_id, "users__": "ann"},
    ):
        (event,) = all_of(acme, "usage/events", **filters)
        assert event["status"] == "running"
    assert all_of(acme, "usage/events", statuses__="settled") == []
    gate.open()
    running.result()


@pytest.mark.parametrize("limit", [4, 500])
@pytest.mark.parametrize("kinds", [["usage"], ["grant"], ["dispute"], ["grant", "usage", "expiry"]])
def test_lines_of_a_kind(past, kinds, limit):
    someone, _, lines = past
    found = all_of(someone, "ledger/entries", limit, kinds__=kinds)
    assert found == [line for line in lines if line["kind"] in kinds]


@pytest.mark.parametrize("kinds", [[], ["usage"], ["grant"]], ids=str)
@pytest.mark.parametrize("limit", [5, 500])
def test_lines_of_a_period_newest_first(past, kinds, limit):
    someone, _, lines = past
    times = sorted(line["created_at"] for line in lines)
    since, before = times[20], times[200]
    expected = [
        line
        for line in lines
        if since <= line["created_at"] < before and line["kind"] in (kinds or [line["kind"]])
    ]
    expected.sort(key=lambda line: (line["created_at"], line["sequence"]), reverse=True)
    period = {"start_time": since, "end_time": before}
    assert all_of(someone, "ledger/entries", limit, kinds__=kinds, **period) == expected


WRONG = [
    ("usage/events?statuses[]=done", "invalid_format", "statuses[]"),
    ("usage/events?start_time=now", "invalid_format", "start_time"),
    ("usage/events?models[]=", "value_out_of_range", "models[]"),
    ("usage/events?model=x", "unknown_field", "model"),
    ("ledger/entries?kinds[]=gift", "invalid_format", "kinds[]"),
    ("ledger/entries?kind=usage", "unknown_field", "kind"),
    (
        "ledger/entries?start_time=2026-01-02T00:00:00Z&end_time=2026-01-01T00:00:00Z",
        "value_out_of_range",
        "end_time",
    ),
]


@pytest.mark.parametrize(("path", "code", "param"), WRONG)
def test_what_is_wrong_is_named(acme, path, code, param):
    answer = acme.get(path)
    assert (answer.status, answer.code, answer.error["param"]) == (400, code, param)
