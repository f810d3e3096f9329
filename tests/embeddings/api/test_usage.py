"""``GET /v1/usage``: the same sums as adding up every request, however they are asked for."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from urllib.parse import urlencode

import pytest

from accounts.actors import system_actor
from billing import usage_report
from embeddings import history
from tests.embeddings.api.stage import complaints, customer
from tests.embeddings.api.test_reading_money import pages_of

ROWS = 400
DAYS = 92
LENGTHS = {
    "1m": timedelta(minutes=1),
    "5m": timedelta(minutes=5),
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
}
FIELDS = {"version": "api_version"}  # what an event calls it, where that differs
NOW = datetime.now(UTC)
START = (NOW - timedelta(days=DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def past(platform):
    """A customer with 90 days of requests, and those requests as the API lists them."""
    made = customer()
    history.fill(made.team, ROWS, seed=3, actor=system_actor("tests"), report=lambda _: None)
    events = pages_of(made, "usage/events", 500)
    assert len(events) == ROWS
    return made, events


@pytest.fixture(autouse=True)
def _database(transactional_db):
    pass


def moment(text):
    return datetime.fromisoformat(text)


def asked(someone, width, limit=500, **query):
    """Every bucket, page by page, oldest last; a bucket on two pages is put together."""
    query = {n.replace("__", "[]"): v for n, v in query.items()}
    words = urlencode({"start_time": START, "bucket_width": width, **query}, doseq=True)
    buckets, cursor = {}, ""
    while True:
        answer = someone.get(f"usage?{words}&limit={limit}{cursor}")
        assert answer.status == 200, answer.content
        page = answer.json
        assert len(page["data"]) <= limit
        for row in page["data"]:
            assert (row["object"], set(row)) == (
                "usage.bucket",
                {"object", "start_time", "end_time", "results"},
            )
            assert moment(row["end_time"]) - moment(row["start_time"]) == LENGTHS[width]
            buckets.setdefault(moment(row["start_time"]), []).extend(row["results"])
        if not page["has_more"]:
            return buckets
        cursor = f"&cursor={page['next_cursor']}"


def added_up(events, width, groups):
    """The same by hand."""
    origin = datetime(1970, 1, 5, tzinfo=UTC)  # a Monday
    sums = defaultdict(list)
    for event in events:
        created = moment(event["created_at"])
        start = created - (created - origin) % LENGTHS[width]
        group = tuple(event[FIELDS.get(name, name)] for name in groups)
        sums[start, group].append(event)
    return sums


def check(buckets, events, width, groups):
    expected = added_up(events, width, groups)
    told = {
        (start, tuple(result[name] for name in groups)): result
        for start, results in buckets.items()
        for result in results
    }
    assert set(told) == set(expected)
    assert sum(map(len, buckets.values())) == len(told)
    for where, rows in expected.items():
        result = told[where]
        assert set(result) == {*groups, "requests", "tokens", "credits", "p50_ms", "p95_ms"}
        assert result["requests"] == len(rows)
        assert result["tokens"] == {
            name: sum(row["tokens"][name] for row in rows) for name in ("text", "visual", "video")
        }
        assert result["credits"] == sum(Decimal(row["credits_charged"]) for row in rows)
        took = sorted(row["duration_ms"] for row in rows)
        for percent in (50, 95):
            exact = took[-(-len(took) * percent // 100) - 1]
            assert result[f"p{percent}_ms"] == pytest.approx(exact, rel=0.05, abs=1)


GROUPS = [
    [],
    ["model"],
    ["user"],
    ["api_key_id", "status"],
    ["user", "version"],
    ["status", "user"],
]


@pytest.mark.parametrize("width", ["1h", "1d", "7d"])
@pytest.mark.parametrize("groups", GROUPS, ids=", ".join)
def test_sums_and_percentiles_are_those_of_the_requests(past, width, groups):
    someone, events = past
    check(asked(someone, width, group_by__=groups), events, width, groups)


@pytest.mark.parametrize("width", ["1m", "5m", "15m"])
@pytest.mark.parametrize("groups", [[], ["user", "model"]], ids=", ".join)
def test_short_buckets_say_the_same(past, width, groups):
    someone, events = past
    newest = moment(events[0]["created_at"])
    since = newest - timedelta(days=2)
    recent = [event for event in events if moment(event["created_at"]) >= since.replace(second=0)]
    origin = datetime(1970, 1, 1, tzinfo=UTC)
    first = since - (since - origin) % LENGTHS[width]
    recent = [event for event in events if moment(event["created_at"]) >= first]
    buckets = asked(someone, width, group_by__=groups, start_time=first.isoformat())
    check(buckets, recent, width, groups)


FILTERS = [
    {"models__": "aurous-embed-text"},
    {"users__": ["amara", "bo"]},
    {"users__": "nobody"},
    {"statuses__": ["released", "failed"]},
    {"versions__": "2026-05-15", "users__": "dina"},
    {"models__": ["aurous-stub", "none"], "statuses__": "settled"},
]
COLUMNS = {
    "models__": "model",
    "users__": "user",
    "statuses__": "status",
    "versions__": "api_version",
    "api_key_ids__": "api_key_id",
}


def wanted(events, filters):
    for name, values in filters.items():
        allowed = [values] if isinstance(values, str) else values
        events = [event for event in events if event[COLUMNS[name]] in allowed]
    return events


@pytest.mark.parametrize("width", ["1h", "1d", "7d"])
@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_filters_narrow_the_sums(past, width, filters):
    someone, events = past
    buckets = asked(someone, width, group_by__="model", **filters)
    check(buckets, wanted(events, filters), width, ["model"])


@pytest.mark.parametrize("width", ["1d", "7d"])
@pytest.mark.parametrize("groups", [[], ["user"]], ids=", ".join)
@pytest.mark.parametrize("users", [["amara"], ["bo", "nobody", "dina"]], ids=", ".join)
def test_users_and_nothing_else(past, width, groups, users):
    someone, events = past
    buckets = asked(someone, width, group_by__=groups, users__=users)
    check(buckets, wanted(events, {"users__": users}), width, groups)


def test_a_key_is_a_filter_too(past):
    someone, events = past
    key = events[0]["api_key_id"]
    buckets = asked(someone, "1d", api_key_ids__=key)
    check(buckets, [event for event in events if event["api_key_id"] == key], "1d", [])


@pytest.mark.parametrize("limit", [1, 7, 50, 500])
def test_pages_are_the_whole_newest_first_without_a_hole(past, limit):
    someone, events = past
    buckets = asked(someone, "7d", limit, group_by__=["user", "api_key_id"])
    check(buckets, events, "7d", ["user", "api_key_id"])
    starts = list(buckets)
    assert all(a - b == timedelta(days=7) for a, b in pairwise(starts))
    assert all(start.weekday() == 0 for start in starts)


@pytest.mark.parametrize("most", [1, 2, 3, 10])
def test_a_bucket_with_more_groups_than_a_page_may_have_goes_on_on_the_next(
    past, most, monkeypatch
):
    monkeypatch.setattr(usage_report, "RESULTS_MAX", most)
    someone, events = past
    groups = ["user", "api_key_id"]
    check(asked(someone, "7d", group_by__=groups), events, "7d", groups)


def test_empty_buckets_have_no_results(acme):
    buckets = asked(acme, "7d")
    assert len(buckets) == DAYS // 7 + 1 or len(buckets) == DAYS // 7 + 2
    assert set(map(tuple, buckets.values())) == {()}


def test_the_default_is_days_and_an_end_in_the_future_is_now(acme):
    query = f"usage?start_time={START}&end_time=2999-01-01T00:00:00Z"
    page = acme.get(query).json
    newest = page["data"][0]
    assert moment(newest["start_time"]) <= datetime.now(UTC) < moment(newest["end_time"])
    assert moment(newest["end_time"]) - moment(newest["start_time"]) == timedelta(days=1)
    assert len(page["data"]) == 50
    assert page["has_more"]


def test_a_period_is_told_in_whole_buckets(past):
    someone, events = past
    inside = moment(events[200]["created_at"])
    query = {
        "start_time": inside.isoformat(),
        "end_time": (inside + timedelta(microseconds=1)).isoformat(),
    }
    page = someone.get(f"usage?{urlencode(query)}&bucket_width=1d").json
    (day,) = page["data"]
    assert moment(day["start_time"]) == inside.replace(hour=0, minute=0, second=0, microsecond=0)
    same_day = [event for event in events if event["created_at"][:10] == day["start_time"][:10]]
    assert day["results"][0]["requests"] == len(same_day) > 1


def test_a_plus_that_was_not_escaped_is_understood(acme):
    assert acme.get("usage?start_time=2026-01-01T00:00:00+00:00").status == 200


def test_another_team_has_none_of_it_and_the_books_are_in_order(past, acme):
    assert not any(asked(acme, "1d").values())
    assert complaints() == {}


WRONG = [
    ("", "missing_field", "start_time"),
    ("start_time=yesterday", "invalid_format", "start_time"),
    ("start_time=2026-01-01", "invalid_format", "start_time"),
    ("start_time=2026-01-01T00:00:00", "invalid_format", "start_time"),
    ("start_time=2026-13-01T00:00:00Z", "invalid_format", "start_time"),
    ("start_time=1969-12-31T00:00:00Z", "value_out_of_range", "start_time"),
    ("end_time=2020-01-01T00:00:00Z", "value_out_of_range", "end_time"),
    ("end_time=soon", "invalid_format", "end_time"),
    ("bucket_width=2d", "invalid_format", "bucket_width"),
    ("bucket_width=", "invalid_format", "bucket_width"),
    ("group_by[]=team", "invalid_format", "group_by[]"),
    ("group_by[]=model&group_by[]=model", "invalid_format", "group_by[]"),
    ("group_by[]=model&group_by[]=user&group_by[]=status", "value_out_of_range", "group_by[]"),
    ("group_by=model", "unknown_field", "group_by"),
    ("statuses[]=running", "invalid_format", "statuses[]"),
    ("users[]=", "value_out_of_range", "users[]"),
    ("users[]=" + "x" * 257, "value_out_of_range", "users[]"),
    ("limit=0", "value_out_of_range", "limit"),
    ("limit=501", "value_out_of_range", "limit"),
    ("cursor=x", "invalid_page_token", "cursor"),
    ("format=csv", "unknown_field", "format"),
]


@pytest.mark.parametrize(("query", "code", "param"), WRONG)
def test_what_is_wrong_is_named(acme, query, code, param):
    start = "" if "start_time" in query or not query else "start_time=2026-01-01T00:00:00Z&"
    answer = acme.get(f"usage?{start}{query}")
    assert (answer.status, answer.code, answer.error["param"]) == (400, code, param)


def test_a_cursor_is_good_for_its_own_question_only(past):
    someone, _ = past
    cursor = someone.get(f"usage?start_time={START}&limit=1").json["next_cursor"]
    assert someone.get(f"usage?start_time={START}&limit=2&cursor={cursor}").status == 200
    other = someone.get(f"usage?start_time={START}&limit=1&bucket_width=1h&cursor={cursor}")
    assert other.code == "invalid_page_token"
