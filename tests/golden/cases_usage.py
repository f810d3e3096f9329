"""Requests to usage: its buckets, its events and their file."""

from tests.embeddings.api.stage import STUB
from tests.golden.corpus import Case
from tests.golden.gates import gates, pages

EVENTS, FILE = "usage/events", "usage/events/export"
DAY = "start_time=2026-06-15T00:00:00Z"
_NOON, _LATER = "2026-06-15T12:00:00Z", "2026-06-15T13:00:00Z"


def _get(path: str, name: str, query: str, key: str = "full") -> Case:
    return Case(name, "GET", f"{path}?{query}" if query else path, None, {}, key)


def _filters(path: str, more: str = "") -> list[Case]:
    """Requests of some models, keys, ends, users or versions."""
    return [
        _get(path, "one model", f"{more}models[]={STUB}"),
        _get(path, "a model that nobody used", f"{more}models[]=none"),
        _get(path, "one key", f"{more}api_key_ids[]={{first_key}}"),
        _get(path, "a key of another team", f"{more}api_key_ids[]={{foreign_key}}"),
        _get(path, "one end", f"{more}statuses[]=released"),
        _get(path, "two ends", f"{more}statuses[]=settled&statuses[]=failed"),
        _get(path, "one user", f"{more}users[]=amara"),
        _get(path, "one version", f"{more}versions[]={{version}}"),
        _get(path, "a version that is gone", f"{more}versions[]=2025-01-01"),
        _get(path, "two filters", f"{more}users[]=amara&statuses[]=settled"),
        _get(path, "an unknown end", f"{more}statuses[]=lost"),
        _get(path, "a model twice", f"{more}models[]={STUB}&models[]={STUB}"),
        _get(path, "an empty user", f"{more}users[]="),
        _get(path, "a user of 257 characters", f"{more}users[]={'x' * 257}"),
    ]


def _periods(path: str) -> list[Case]:
    return [
        _get(path, "since a moment", f"start_time={_NOON}"),
        _get(path, "before a moment", f"end_time={_LATER}"),
        _get(path, "a period without a row", "end_time=2020-01-01T00:00:00Z"),
        _get(path, "a period that ends as it begins", f"start_time={_NOON}&end_time={_NOON}"),
        _get(path, "a moment that is none", "start_time=yesterday"),
    ]


USAGE = [
    _get("usage", "a day", DAY),
    *[
        _get("usage", f"buckets of {width}", f"start_time={_NOON}&bucket_width={width}&limit=3")
        for width in ("1m", "5m", "15m", "1h", "1d", "7d")
    ],
    *[
        _get("usage", f"by {group}", f"{DAY}&group_by[]={group}")
        for group in ("model", "api_key_id", "status", "user", "version")
    ],
    _get("usage", "by two", f"{DAY}&group_by[]=model&group_by[]=status"),
    _get("usage", "by three", f"{DAY}&group_by[]=model&group_by[]=status&group_by[]=user"),
    _get("usage", "by the same twice", f"{DAY}&group_by[]=model&group_by[]=model"),
    _get("usage", "by what is no group", f"{DAY}&group_by[]=colour"),
    _get("usage", "an unknown width", f"{DAY}&bucket_width=2h"),
    _get("usage", "no beginning", ""),
    _get(
        "usage", "a day before any", "start_time=2026-06-01T00:00:00Z&end_time=2026-06-02T00:00:00Z"
    ),
    _get("usage", "nothing used", DAY, "poor"),
    _get("usage", "a key that reads", DAY, "read"),
    _get("usage", "a period that ends as it begins", f"start_time={_NOON}&end_time={_NOON}"),
    _get("usage", "a moment that is none", "start_time=yesterday"),
    *_filters("usage", f"{DAY}&"),
    *pages("usage", more=f"start_time={_NOON}&bucket_width=5m&"),
    *gates("GET", f"usage?{DAY}"),
]
EVENT_LIST = [
    _get(EVENTS, "all of them", ""),
    _get(EVENTS, "those that still run", "statuses[]=queued&statuses[]=running"),
    _get(EVENTS, "none at all", "", "poor"),
    _get(EVENTS, "a key that reads", "limit=1", "read"),
    *_filters(EVENTS),
    *_periods(EVENTS),
    *pages(EVENTS),
    *gates("GET", EVENTS),
]
EXPORT = [
    _get(FILE, "all of them", ""),
    _get(FILE, "as JSON Lines", "format=jsonl"),
    _get(FILE, "as CSV", "format=csv"),
    _get(FILE, "none at all", "", "poor"),
    _get(FILE, "a key that reads", "", "read"),
    _get(FILE, "an unknown form", "format=xlsx"),
    _get(FILE, "paging, which it has not", "limit=1"),
    *_filters(FILE),
    *_periods(FILE),
    *gates("GET", FILE),
]
ENDPOINTS = {
    "GET /v1/usage": USAGE,
    "GET /v1/usage/events": EVENT_LIST,
    "GET /v1/usage/events/export": EXPORT,
}
