"""Requests to the statement, as a list and as a file."""

from tests.golden.corpus import Case
from tests.golden.gates import gates, pages

LIST, FILE = "ledger/entries", "ledger/entries/export"
_NOON, _LATER = "2026-06-15T12:00:00Z", "2026-06-15T13:00:00Z"


def _get(path: str, name: str, query: str, key: str = "full") -> Case:
    return Case(name, "GET", f"{path}?{query}" if query else path, None, {}, key)


def _periods(path: str) -> list[Case]:
    return [
        _get(path, "since a moment", f"start_time={_NOON}"),
        _get(path, "before a moment", f"end_time={_LATER}"),
        _get(path, "a period", f"start_time={_NOON}&end_time={_LATER}"),
        _get(path, "a period without a line", "end_time=2020-01-01T00:00:00Z"),
        _get(path, "another time zone", "start_time=2026-06-15T14:00:00%2B02:00"),
        _get(path, "a period that ends as it begins", f"start_time={_NOON}&end_time={_NOON}"),
        _get(path, "a day for a moment", "start_time=2026-06-15"),
        _get(path, "a moment without a zone", "start_time=2026-06-15T12:00:00"),
        _get(path, "a moment long ago", "start_time=1066-10-14T09:00:00Z"),
        _get(path, "a parameter twice", f"end_time={_NOON}&end_time={_LATER}"),
    ]


ENTRIES = [
    _get(LIST, "all of them", ""),
    _get(LIST, "one kind", "kinds[]=usage"),
    _get(LIST, "two kinds", "kinds[]=top_up&kinds[]=adjustment"),
    _get(LIST, "a kind without a line", "kinds[]=dispute"),
    _get(LIST, "an unknown kind", "kinds[]=gift"),
    _get(LIST, "a kind twice", "kinds[]=grant&kinds[]=grant"),
    _get(LIST, "an empty kind", "kinds[]="),
    _get(LIST, "a kind without brackets", "kinds=grant"),
    _get(LIST, "no line at all", "", "poor"),
    _get(LIST, "a key that reads", "limit=1", "read"),
    _get(LIST, "a page of one kind", "kinds[]=grant&limit=1"),
    _get(LIST, "a cursor of other filters", "kinds[]=top_up&limit=1&cursor={cursor}"),
    *_periods(LIST),
    *pages(LIST),
    *gates("GET", LIST),
]
EXPORT = [
    _get(FILE, "all of it", ""),
    _get(FILE, "as JSON Lines", "format=jsonl"),
    _get(FILE, "as CSV", "format=csv"),
    _get(FILE, "no line at all", "", "poor"),
    _get(FILE, "no line at all as JSON Lines", "format=jsonl", "poor"),
    _get(FILE, "a key that reads", "", "read"),
    _get(FILE, "an unknown form", "format=xlsx"),
    _get(FILE, "an empty form", "format="),
    _get(FILE, "paging, which it has not", "limit=1"),
    *_periods(FILE),
    *gates("GET", FILE),
]
ENDPOINTS = {"GET /v1/ledger/entries": ENTRIES, "GET /v1/ledger/entries/export": EXPORT}
