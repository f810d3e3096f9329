"""Requests to webhook endpoints."""

from typing import Any

from tests.golden.corpus import Case, again
from tests.golden.gates import bodies, gates, pages

ALL, ONE = "webhook_endpoints", "webhook_endpoints/{hook}"
ROLL = f"{ONE}/roll"
ABSENT = "webhook_endpoints/we_00000000000000000000000000"
URL = "https://hooks.example.com/aurous"
GOOD = {"url": URL, "events": ["*"]}


def _ask(method: str, path: str, name: str, body: Any = None, **headers: str | None) -> Case:
    return Case(name, method, path, body, headers)


def _fields(method: str, path: str) -> list[Case]:
    """Fields that no endpoint has, whether it is made or changed."""
    good = GOOD if method == "POST" else {}
    bad: dict[str, tuple[str, Any]] = {
        "an address without TLS": ("url", "http://hooks.example.com/"),
        "an address of this machine": ("url", "https://127.0.0.1/"),
        "an address of a private network": ("url", "https://10.0.0.1/"),
        "another port": ("url", "https://hooks.example.com:22/"),
        "a password in the address": ("url", "https://a:b@hooks.example.com/"),
        "what is no address": ("url", "hooks"),
        "an empty address": ("url", ""),
        "an address of 3,000 characters": ("url", URL + "?" + "x" * 3_000),
        "a number for an address": ("url", 7),
        "no event at all": ("events", []),
        "one event that is no list": ("events", "*"),
        "an unknown event": ("events", ["topup.succeeded", "topup.lost"]),
        "a number among events": ("events", [7]),
        "33 events": ("events", ["*"] * 33),
        "a number for a description": ("description", 7),
        "a description of 2,000 characters": ("description", "x" * 2_000),
    }
    return [
        _ask(method, path, name, {**good, field: value}) for name, (field, value) in bad.items()
    ]


def _missing(method: str, tail: str = "", body: Any = None) -> list[Case]:
    """Endpoints that do not exist for this team."""
    return [
        _ask(method, ABSENT + tail, "an endpoint that never was", body),
        _ask(method, "webhook_endpoints/{foreign_hook}" + tail, "one of another team", body),
        _ask(method, "webhook_endpoints/no%20id" + tail, "an id that is none", body),
    ]


LIST = [
    _ask("GET", ALL, "all of them, of each state"),
    Case("none at all", "GET", ALL, key="poor"),
    Case("a key that reads", "GET", f"{ALL}?limit=1", key="read"),
    *pages(ALL),
    *gates("GET", ALL),
]
_MADE = _ask("POST", ALL, "", GOOD, Idempotency_Key="once")
CREATE = [
    _ask("POST", ALL, "an address and events", GOOD),
    _ask("POST", ALL, "a description", {**GOOD, "description": "Münze & Co"}),
    _ask("POST", ALL, "null for a description", {**GOOD, "description": None}),
    _ask("POST", ALL, "an empty description", {**GOOD, "description": ""}),
    _ask("POST", ALL, "some events", {"url": URL, "events": ["topup.failed", "topup.succeeded"]}),
    _ask("POST", ALL, "an event twice", {"url": URL, "events": ["topup.failed"] * 2}),
    _ask("POST", ALL, "all events and one of them", {"url": URL, "events": ["topup.failed", "*"]}),
    Case("a key that writes", "POST", ALL, GOOD, key="write"),
    again(_MADE, "a replay"),
    again(_MADE, "another body under the key", body={"url": URL, "events": ["topup.failed"]}),
    again(_MADE, "another API key under the key", key="write"),
    _ask("POST", ALL, "an idempotency key with a space", GOOD, Idempotency_Key="a b"),
    _ask("POST", ALL, "no address", {"events": ["*"]}),
    _ask("POST", ALL, "no events", {"url": URL}),
    _ask("POST", ALL, "null for events", {"url": URL, "events": None}),
    _ask("POST", ALL, "what is changed only", {**GOOD, "disabled": True}),
    _ask("POST", ALL, "no body"),
    Case("more than a team may have", "POST", ALL, GOOD, settings={"WEBHOOK_ENDPOINTS_MAX": 1}),
    *_fields("POST", ALL),
    *bodies("POST", ALL),
    *gates("POST", ALL, GOOD, scope="write"),
]
READ = [
    _ask("GET", ONE, "an endpoint"),
    Case("a key that reads", "GET", ONE, key="read"),
    Case("a key that writes", "GET", ONE, key="write"),
    _ask("GET", "webhook_endpoints/{disabled_hook}", "one that was disabled"),
    _ask("GET", "webhook_endpoints/{failing_hook}", "one that failed too often"),
    _ask("GET", f"{ONE}?colour=red", "a parameter"),
    *_missing("GET"),
    *gates("GET", ONE),
]
CHANGE = [
    _ask("PATCH", ONE, "an address", {"url": "https://hooks.example.com/2?token=a"}),
    _ask("PATCH", ONE, "events", {"events": ["topup.failed"]}),
    _ask("PATCH", ONE, "a description", {"description": "The second one"}),
    _ask("PATCH", ONE, "null for a description", {"description": None}),
    _ask("PATCH", ONE, "everything", {**GOOD, "description": "All", "disabled": True}),
    _ask("PATCH", ONE, "enabled again", {"disabled": False}),
    _ask("PATCH", ONE, "enabled twice", {"disabled": False}),
    _ask("PATCH", "webhook_endpoints/{failing_hook}", "failures forgiven", {"disabled": False}),
    _ask("PATCH", ONE, "nothing", {}),
    _ask("PATCH", ONE, "null for an address", {"url": None}),
    _ask("PATCH", ONE, "null for disabled", {"disabled": None}),
    _ask("PATCH", ONE, "a text for disabled", {"disabled": "yes"}),
    _ask("PATCH", ONE, "a good field and a bad one", {"description": "Never", "events": []}),
    *_missing("PATCH", body={"description": "Never"}),
    *_fields("PATCH", ONE),
    *bodies("PATCH", ONE),
    *gates("PATCH", ONE, {"description": "Never"}, scope="full"),
]
DELETE = [
    *gates("DELETE", ONE, scope="full"),
    _ask("DELETE", f"{ONE}?colour=red", "a parameter"),
    _ask("DELETE", ONE, "an endpoint"),
    _ask("DELETE", ONE, "the same again"),
    _ask("DELETE", "webhook_endpoints/{disabled_hook}", "one that was disabled"),
    _ask("DELETE", "webhook_endpoints/{failing_hook}", "one that failed too often"),
    *_missing("DELETE"),
]
_ROLLED = _ask("POST", ROLL, "", {"overlap_hours": 1}, Idempotency_Key="rolled")
ROLLS = [
    _ask("POST", ROLL, "no body"),
    _ask("POST", ROLL, "an empty body", {}),
    *[_ask("POST", ROLL, f"{hours} hours", {"overlap_hours": hours}) for hours in (0, 1, 24, 168)],
    _ask("POST", ROLL, "null for the hours", {"overlap_hours": None}),
    _ask("POST", "webhook_endpoints/{disabled_hook}/roll", "one that was disabled"),
    Case("a key that writes", "POST", ROLL, key="write"),
    again(_ROLLED, "a replay"),
    again(_ROLLED, "another body under the key", body={"overlap_hours": 0}),
    _ask("POST", ROLL, "an idempotency key with a space", Idempotency_Key="a b"),
    _ask("POST", ROLL, "hours that are not offered", {"overlap_hours": 2}),
    _ask("POST", ROLL, "hours as a text", {"overlap_hours": "24"}),
    _ask("POST", ROLL, "a yes for a number", {"overlap_hours": True}),
    *_missing("POST", "/roll"),
    *bodies("POST", ROLL),
    *gates("POST", ROLL, scope="write"),
]
_HOOK = "/v1/webhook_endpoints/{endpoint_id}"
ENDPOINTS = {
    "GET /v1/webhook_endpoints": LIST,
    "POST /v1/webhook_endpoints": CREATE,
    f"GET {_HOOK}": READ,
    f"PATCH {_HOOK}": CHANGE,
    f"DELETE {_HOOK}": DELETE,
    f"POST {_HOOK}/roll": ROLLS,
}
