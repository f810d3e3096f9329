"""Filters of ``/v1/usage/events`` against a list in Python: any filter, period, page size and end.

Requests crowd into few minutes, share moments and lie days apart; some still run.
"""

import json
import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import RequestFactory

from aurous.http.exchange import ApiRequest, begin
from aurous.kernel.rowset import insert_rows
from billing import usage
from billing.models import UsageRollup
from billing.pricing import Cost, Tokens
from billing.usage_guide import hours_with, minutes_of
from embeddings.api.usage_events import UsageEventsView
from embeddings.models import Inference
from tests.billing import stage
from tests.http.fakes import ADA

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 15, 12, 30, tzinfo=UTC)
OPEN = ("queued", "running")
VALUES = {
    "models[]": ("model", ["common", "common", "common", "rare"]),
    "api_key_ids[]": ("api_key_id", ["key_a", "key_a", "key_b", "key_c"]),
    "statuses[]": ("status", ["settled"] * 12 + ["released", "failed", "failed", "running"]),
    "users[]": ("user", ["", "ann", "ann", "bob", "cy"]),
    "versions[]": ("api_version", ["2026-05-15", "2026-11-01"]),
}


def moments(rng):
    """A crowded hour, the edges of hours and days, and a long thin past."""
    crowd = NOON.replace(minute=0)
    for _ in range(120):
        yield crowd + timedelta(minutes=rng.randrange(40), seconds=rng.choice([0, 0, 7, 59]))
    for days in range(12):
        midnight = NOON.replace(hour=0, minute=0) - timedelta(days=days)
        yield from (midnight, midnight - timedelta(microseconds=1), midnight + timedelta(hours=1))
    for _ in range(120):
        yield NOON - timedelta(seconds=rng.randrange(45 * 86_400))
    yield from [NOON - timedelta(days=3)] * 9


def some(rng, team_id):
    """Requests in the database, as their ends leave them; a few still run."""
    rows = []
    for number, at in enumerate(moments(rng)):
        kind = {column: rng.choice(values) for column, values in VALUES.values()}
        running = kind["status"] in OPEN
        rows.append(
            {
                "id": f"emb_{rng.randrange(10**9):018d}{number:08d}",
                "request_id": f"req_{rng.randrange(10**9):018d}{number:08d}",
                "team_id": team_id,
                "held": 5,
                "charged": 5 if kind["status"] == "settled" else 0,
                "price_text": 1,
                "created_at": at,
                "deadline_at": at + timedelta(seconds=30),
                "ended_at": None if running else at + timedelta(seconds=1),
                "dimensions": 384,
                **kind,
            }
        )
    blank = {"exempt": False, "error_code": "", "tokens_text": 0, "price_visual": 0}
    blank |= {"price_video": 0, "tokens_visual": 0, "tokens_video": 0}
    insert_rows(connection, Inference, [blank | row for row in rows])
    usage.count(
        usage.Ended(
            team_id,
            row["api_key_id"],
            row["model"],
            row["api_version"],
            row["status"],
            row["user"],
            row["created_at"],
            row["ended_at"],
            Tokens(),
            Cost(text=row["charged"]),
        )
        for row in rows
        if row["ended_at"] is not None
    )
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True)


@pytest.fixture(params=range(3))
def filled(request):
    """A team, its requests newest first, a source of chance, and who asks."""
    rng = random.Random(request.param)
    team = stage.a_team()
    some(rng, stage.a_team(name="Others").id)
    return some(rng, team.id), rng, replace(ADA, team_id=team.id)


def all_of(caller, query):
    """Ids, page by page."""
    ids, cursor = [], {}
    while True:
        plain = RequestFactory().get(f"/v1/usage/events?{urlencode(query | cursor, doseq=True)}")
        request = ApiRequest(plain, begin(plain))
        request.auth = caller
        page = json.loads(UsageEventsView().get(request).content)
        ids += [row["id"] for row in page["data"]]
        if not page["has_more"]:
            return ids
        assert len(page["data"]) == query["limit"]
        cursor = {"cursor": page["next_cursor"]}


def a_question(rng):
    query = {"limit": rng.choice([1, 3, 10, 60, 500])}
    for name in rng.sample(sorted(VALUES), rng.choice([1, 1, 2, 2, 3, 4])):
        allowed = sorted({*VALUES[name][1], "queued" if name == "statuses[]" else "never"} - {""})
        query[name] = rng.sample(allowed, rng.randrange(1, len(allowed)))
    if rng.random() < 0.4:
        query["start_time"] = NOON - timedelta(minutes=rng.randrange(20 * 1_440))
    if rng.random() < 0.6:
        earliest = query.get("start_time", NOON - timedelta(days=20))
        query["end_time"] = earliest + timedelta(minutes=rng.randrange(1, 9_000), seconds=30)
    return query


def by_hand(rows, query):
    for name, (column, _) in VALUES.items():
        rows = [row for row in rows if name not in query or row[column] in query[name]]
    since, before = query.get("start_time", rows and rows[-1]["created_at"]), query.get("end_time")
    return [
        row["id"]
        for row in rows
        if since <= row["created_at"] and (before is None or row["created_at"] < before)
    ]


def test_any_question_is_answered_as_by_hand(filled):
    rows, rng, caller = filled
    answered = 0
    for _ in range(40):
        query = a_question(rng)
        words = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in query.items()}
        expected = by_hand(rows, query)
        words["limit"] = query["limit"] = max(query["limit"], len(expected) // 8)  # few pages
        assert all_of(caller, words) == expected, query
        answered += bool(expected)
    assert answered > 15


def test_a_cursor_between_requests_of_one_moment_loses_none(filled):
    rows, _, caller = filled
    (at, many), *_ = Counter(row["created_at"] for row in rows).most_common(1)
    assert many >= 9
    query = {"models[]": ["common", "rare"], "limit": 1}
    query |= {"end_time": at + timedelta(seconds=1), "start_time": at}
    words = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in query.items()}
    assert all_of(caller, words) == by_hand(rows, query)


def test_the_guide_names_the_minutes_that_have_any_and_no_other(filled):
    rows, _, caller = filled
    for kind in ({"model": ["rare"]}, {"api_key_id": ["key_c"], "status": ["failed"]}):
        found = [row for row in rows if all(row[name] in kind[name] for name in kind)]
        running = [row for row in rows if row["ended_at"] is None]
        ended = Counter(
            row["created_at"].replace(minute=0, second=0, microsecond=0)
            for row in found
            if row["ended_at"] is not None
        )
        expected = {row["created_at"].replace(second=0, microsecond=0) for row in found + running}
        before = NOON + timedelta(days=1)
        hours = list(hours_with(caller.team_id, kind, since=None, before=before))
        assert [hour.start for hour in hours] == sorted(
            {minute.replace(minute=0) for minute in expected}, reverse=True
        )
        minutes = [minute for hour in hours for minute in minutes_of(hour, before)]
        assert minutes == sorted(expected, reverse=True)
        assert {hour.start: hour.requests for hour in hours if hour.requests} == ended


def test_a_minute_that_is_not_marked_would_be_missed(filled):
    """So the marks are what is read, and nothing else hides it when they are wrong."""
    rows, _, caller = filled
    failed = [row["id"] for row in rows if row["status"] == "failed"]
    query = {"statuses[]": ["failed"], "limit": 500}
    assert all_of(caller, query) == failed
    UsageRollup.objects.filter(team_id=caller.team_id, status="failed").update(parts=0)
    assert len(all_of(caller, query)) < len(failed)
