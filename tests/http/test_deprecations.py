"""A version or a route on its way out says so on every answer (RFC 9745, RFC 8594)."""

import json
from datetime import UTC, datetime

import pytest

from aurous.http.openapi import document
from aurous.http.versions import deprecations
from aurous.http.versions.deprecations import Deprecation
from aurous.http.versions.registry import OLDEST

VERSION = OLDEST
SINCE = datetime(2026, 12, 1, tzinfo=UTC)
SUNSET = datetime(2027, 11, 1, 23, 59, 59, tzinfo=UTC)
NAMES = ("Deprecation", "Sunset", "Link")


@pytest.fixture(autouse=True)
def fresh_document():
    document.cache_clear()
    yield
    document.cache_clear()


def headers_of(response):
    return {name: response[name] for name in NAMES if name in response}


def test_today_nothing_is_deprecated(api):
    assert (deprecations.VERSIONS, deprecations.ROUTES) == ({}, {})
    assert headers_of(api.get("/v1/echo")) == {}


def test_a_deprecated_version_says_so_also_on_errors_and_another_does_not(
    api, settings, monkeypatch
):
    settings.AUROUS_PUBLIC_URL = "https://api.example"
    monkeypatch.setitem(
        deprecations.VERSIONS, VERSION, Deprecation(SINCE, "/docs/versions", SUNSET)
    )
    expected = {
        "Deprecation": f"@{int(SINCE.timestamp())}",
        "Sunset": "Mon, 01 Nov 2027 23:59:59 GMT",
        "Link": '<https://api.example/docs/versions>; rel="deprecation"; type="text/html", '
        '<https://api.example/docs/versions>; rel="sunset"; type="text/html"',
    }
    assert headers_of(api.get("/v1/echo")) == expected
    assert headers_of(api.get("/v1/nowhere")) == expected
    assert headers_of(api.get("/v1/echo", HTTP_AUROUS_VERSION="2026-11-01")) == {}


def test_a_deprecated_route_says_so_and_may_have_no_end_yet(api, monkeypatch):
    monkeypatch.setitem(
        deprecations.ROUTES, "GET /v1/echo", Deprecation(SINCE, "https://elsewhere.example/why")
    )
    assert headers_of(api.get("/v1/echo")) == {
        "Deprecation": f"@{int(SINCE.timestamp())}",
        "Link": '<https://elsewhere.example/why>; rel="deprecation"; type="text/html"',
    }
    assert headers_of(api.post("/v1/echo", {})) == {}


def test_where_both_are_deprecated_the_earliest_dates_count_and_both_pages_are_linked(
    api, monkeypatch
):
    later = Deprecation(SINCE.replace(year=2027), "/a", SUNSET.replace(year=2028))
    monkeypatch.setitem(deprecations.VERSIONS, VERSION, later)
    monkeypatch.setitem(deprecations.ROUTES, "GET /v1/echo", Deprecation(SINCE, "/b", SUNSET))
    headers = headers_of(api.get("/v1/echo"))
    assert headers["Deprecation"] == f"@{int(SINCE.timestamp())}"
    assert headers["Sunset"].endswith("2027 23:59:59 GMT")
    assert headers["Link"].count('rel="sunset"') == 2


def test_the_document_marks_what_is_deprecated(api, monkeypatch):
    monkeypatch.setitem(deprecations.ROUTES, "GET /v1/echo", Deprecation(SINCE, "/b"))
    echo = json.loads(api.get("/v1/openapi.json").content)["paths"]["/v1/echo"]
    assert echo["get"]["deprecated"] is True
    assert "deprecated" not in echo["post"]
    for response in echo["get"]["responses"].values():
        assert set(NAMES) <= set(response["headers"])
    assert set(NAMES).isdisjoint(echo["post"]["responses"]["200"]["headers"])
