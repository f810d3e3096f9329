"""Requests to the keys of a team."""

from typing import Any

from tests.embeddings.api.stage import STUB
from tests.golden.corpus import Case, again
from tests.golden.gates import bodies, gates, pages

ONE, ROLL = "keys/{spare_key}", "keys/{spare_key}/roll"
ABSENT = "keys/key_00000000000000000000000000"
RULES = {
    "expires_at": "2090-01-31T12:00:00Z",
    "models": [STUB],
    "cidrs": ["203.0.113.0/24", "::/0"],
    "limit_day": 0.1,
    "limit_month": 2,
    "limit_total": 3.000000001,
    "rpm": 60,
}


def _ask(method: str, path: str, name: str, body: Any = None, **headers: str | None) -> Case:
    return Case(name, method, path, body, headers)


def _fields(method: str, path: str) -> list[Case]:
    """Fields that no key has, whether it is made or changed."""
    named = {"name": "Never"} if method == "POST" else {}
    bad: dict[str, tuple[str, Any]] = {
        "an empty name": ("name", ""),
        "a name of 500 characters": ("name", "x" * 500),
        "a number for a name": ("name", 7),
        "an unknown scope": ("scope", "admin"),
        "an end in the past": ("expires_at", "2020-01-01T00:00:00Z"),
        "an end without a zone": ("expires_at", "2090-01-01T00:00:00"),
        "no model at all": ("models", []),
        "one model that is no list": ("models", STUB),
        "an empty model among models": ("models", [STUB, ""]),
        "101 models": ("models", [f"m{number}" for number in range(101)]),
        "a network that is none": ("cidrs", ["example.com"]),
        "a network with bits behind its prefix": ("cidrs", ["::/0", "10.0.0.1/8"]),
        "a limit below nothing": ("limit_day", -1),
        "a limit with ten digits": ("limit_month", 0.0000000001),
        "a limit that is a text": ("limit_total", "5"),
        "no request a minute": ("rpm", 0),
        "half a request a minute": ("rpm", 0.5),
        "a yes for a number": ("rpm", True),
    }
    return [
        _ask(method, path, name, {**named, field: value}) for name, (field, value) in bad.items()
    ]


def _missing(method: str, tail: str = "", body: Any = None) -> list[Case]:
    """Keys that do not exist for this team."""
    return [
        _ask(method, ABSENT + tail, "a key that never was", body),
        _ask(method, "keys/{foreign_key}" + tail, "a key of another team", body),
        _ask(method, "keys/no%20id" + tail, "an id that is none", body),
    ]


LIST = [
    _ask("GET", "keys", "all of them, of each state"),
    Case("one key", "GET", "keys", key="stranger"),
    Case(
        "by the other header", "GET", "keys?limit=1", None, {"X_Api_Key": "{first_text}"}, "nobody"
    ),
    *pages("keys"),
    *gates("GET", "keys", scope="full"),
]
_MADE = _ask("POST", "keys", "", {"name": "Once", "scope": "read"}, Idempotency_Key="once")
CREATE = [
    _ask("POST", "keys", "only a name", {"name": "Search"}),
    _ask("POST", "keys", "every field", {"name": "All", "scope": "full", **RULES}),
    _ask(
        "POST", "keys", "null for every field", {"name": "N", "scope": None} | dict.fromkeys(RULES)
    ),
    _ask("POST", "keys", "numbers with a point", {"name": "N", "rpm": 60.0, "limit_day": 1.50}),
    _ask("POST", "keys", "the same model twice", {"name": "N", "models": [STUB, STUB]}),
    _ask("POST", "keys", "limits of nothing", {"name": "N", "limit_day": 0}),
    again(_MADE, "a replay"),
    again(_MADE, "the key in quotes", headers={"Idempotency_Key": '"once"'}),
    again(_MADE, "another body under the key", body={"name": "Twice"}),
    again(_MADE, "another route under the key", path=ROLL, body=None),
    again(_MADE, "another API key under the key", key="other"),
    _ask("POST", "keys", "an idempotency key with a space", {"name": "N"}, Idempotency_Key="a b"),
    _ask("POST", "keys", "an empty idempotency key", {"name": "N"}, Idempotency_Key=""),
    _ask("POST", "keys", "an idempotency key too long", {"name": "N"}, Idempotency_Key="x" * 256),
    _ask("POST", "keys", "no name", {"scope": "read"}),
    _ask("POST", "keys", "null for a name", {"name": None}),
    _ask("POST", "keys", "no body"),
    _ask("POST", "keys?colour=red", "a parameter", {"name": "N"}),
    *_fields("POST", "keys"),
    *bodies("POST", "keys"),
    *gates("POST", "keys", {"name": "Never"}, scope="full"),
]
READ = [
    _ask("GET", ONE, "a key"),
    _ask("GET", "keys/{first_key}", "the key that asks"),
    _ask("GET", "keys/{ruled_key}", "a key with every rule"),
    _ask("GET", "keys/{revoked_key}", "a key that was revoked"),
    _ask("GET", "keys/{expired_key}", "a key that has expired"),
    _ask("GET", "keys/{rolled_key}", "a key that was rolled"),
    _ask("GET", "keys/{slow_key}", "a key with a rate"),
    _ask("GET", f"{ONE}?colour=red", "a parameter"),
    *_missing("GET"),
    *gates("GET", ONE, scope="full"),
]
CHANGE = [
    _ask("PATCH", ONE, "a name", {"name": "Renamed"}),
    _ask("PATCH", ONE, "a scope", {"scope": "read"}),
    _ask("PATCH", ONE, "every rule", RULES),
    _ask("PATCH", ONE, "null takes rules away", {"cidrs": None, "limit_day": None, "rpm": None}),
    _ask("PATCH", ONE, "the same again", {"name": "Renamed"}),
    _ask("PATCH", ONE, "nothing", {}),
    _ask("PATCH", ONE, "null for a name", {"name": None}),
    _ask("PATCH", ONE, "null for a scope", {"scope": None}),
    _ask("PATCH", ONE, "a good field and a bad one", {"name": "Never", "rpm": 0}),
    _ask("PATCH", "keys/{revoked_key}", "a key that was revoked", {"name": "Back"}),
    _ask("PATCH", f"{ONE}?colour=red", "a parameter", {"name": "Never"}),
    *_missing("PATCH", body={"name": "Never"}),
    *_fields("PATCH", ONE),
    *bodies("PATCH", ONE),
    *gates("PATCH", ONE, {"name": "Never"}, scope="full"),
]
REVOKE = [
    *gates("DELETE", "keys/{spare_key}", scope="full"),
    _ask("DELETE", f"{ONE}?colour=red", "a parameter"),
    _ask("DELETE", ONE, "a key"),
    _ask("DELETE", ONE, "the same again"),
    _ask("DELETE", "keys/{expired_key}", "a key that has expired"),
    _ask("DELETE", "keys/{rolled_key}", "a key that was rolled"),
    Case("the key that asks", "DELETE", "keys/{other_key}", key="other"),
    Case("the key that asked, again", "DELETE", "keys/{other_key}", key="other"),
    *_missing("DELETE"),
]
_ROLLED = _ask("POST", ROLL, "", {"overlap_hours": 1}, Idempotency_Key="rolled")
ROLLS = [
    _ask("POST", ROLL, "no body"),
    _ask("POST", ROLL, "an empty body", {}),
    *[_ask("POST", ROLL, f"{hours} hours", {"overlap_hours": hours}) for hours in (0, 1, 24, 168)],
    _ask("POST", ROLL, "null for the hours", {"overlap_hours": None}),
    _ask("POST", ROLL, "hours with a point", {"overlap_hours": 24.0}),
    again(_ROLLED, "a replay"),
    again(_ROLLED, "another body under the key", body={"overlap_hours": 0}),
    again(_ROLLED, "another key under the idempotency key", path="keys/{ruled_key}/roll"),
    _ask("POST", ROLL, "an idempotency key with a space", Idempotency_Key="a b"),
    _ask("POST", ROLL, "hours that are not offered", {"overlap_hours": 2}),
    _ask("POST", ROLL, "hours as a text", {"overlap_hours": "24"}),
    _ask("POST", ROLL, "half an hour", {"overlap_hours": 0.5}),
    _ask("POST", "keys/{revoked_key}/roll", "a key that was revoked"),
    _ask("POST", f"{ROLL}?colour=red", "a parameter"),
    *_missing("POST", "/roll"),
    *bodies("POST", ROLL),
    *gates("POST", ROLL, scope="full"),
]
ENDPOINTS = {
    "GET /v1/keys": LIST,
    "POST /v1/keys": CREATE,
    "GET /v1/keys/{key_id}": READ,
    "PATCH /v1/keys/{key_id}": CHANGE,
    "DELETE /v1/keys/{key_id}": REVOKE,
    "POST /v1/keys/{key_id}/roll": ROLLS,
}
