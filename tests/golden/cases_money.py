"""Requests to the balance and to the team."""

from typing import Any

from tests.golden.corpus import Case
from tests.golden.gates import bodies, gates


def _get(name: str, path: str, key: str = "full", **headers: str | None) -> Case:
    return Case(name, "GET", path, None, headers, key)


def _change(name: str, body: Any, key: str = "full", **headers: str | None) -> Case:
    return Case(name, "PATCH", "team", body, headers, key)


BALANCE = [
    _get("grants of each kind, a hold", "balance"),
    _get("a key that reads", "balance", "read"),
    _get("a key that writes", "balance", "write"),
    _get("the key in the other header", "balance", "nobody", X_Api_Key="{first_text}"),
    _get("one grant", "balance", "stranger"),
    _get("nothing", "balance", "poor"),
    _get("a team that is exempt", "balance", "exempt"),
    _get("an unknown parameter", "balance?currency=usd"),
    *gates("GET", "balance"),
]
TEAM = [
    _get("the team", "team"),
    _get("a key that reads", "team", "read"),
    _get("a key that writes", "team", "write"),
    _get("the key in the other header", "team", "nobody", X_Api_Key="{first_text}"),
    _get("another team", "team", "stranger"),
    _get("without credit", "team", "poor"),
    _get("a team that is exempt", "team", "exempt"),
    _get("an unknown parameter", "team?colour=red"),
    *gates("GET", "team"),
]
TEAM_CHANGE = [
    _change("a name", {"name": "Acme & Söhne"}),
    _change("a name with blanks around it", {"name": "  Acme  "}),
    _change("the same name", {"name": "Acme"}),
    _change("a version", {"default_api_version": "{version}"}),
    _change("both", {"name": "Acme 2", "default_api_version": "{version}"}),
    _change("nothing", {}),
    _change("a team that is exempt", {"name": "Free"}, "exempt"),
    _change("an idempotency key, which a change does not need", {"name": "A"}, Idempotency_Key="k"),
    _change("null for a name", {"name": None}),
    _change("null for a version", {"default_api_version": None}),
    _change("an empty name", {"name": ""}),
    _change("a name of blanks", {"name": "   "}),
    _change("a name of 500 characters", {"name": "x" * 500}),
    _change("a number for a name", {"name": 7}),
    _change("a name with a NUL", {"name": "a\x00b"}),
    _change("a pin that never was", {"default_api_version": "1999-12-31"}),
    _change("a pin that is no date", {"default_api_version": "newest"}),
    _change("what cannot be changed", {"credits": 1_000_000}),
    _change("a good field and a bad one", {"name": "Never", "id": "team_1"}),
    *bodies("PATCH", "team"),
    *gates("PATCH", "team", {"name": "Never"}, scope="full"),
]
ENDPOINTS = {
    "GET /v1/balance": BALANCE,
    "GET /v1/team": TEAM,
    "PATCH /v1/team": TEAM_CHANGE,
}
