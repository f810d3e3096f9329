"""Requests to the log of a webhook endpoint: reading it, a test, sending again."""

from typing import Any

from tests.golden.cases_webhooks import ABSENT, ONE
from tests.golden.corpus import Case, again
from tests.golden.gates import bodies, gates, pages

LOG, TEST = f"{ONE}/deliveries", f"{ONE}/test"
DISABLED = "webhook_endpoints/{disabled_hook}"
FOREIGN = "webhook_endpoints/{foreign_hook}"


def _ask(method: str, path: str, name: str, body: Any = None, **headers: str | None) -> Case:
    return Case(name, method, path, body, headers)


def _missing(method: str, tail: str) -> list[Case]:
    return [
        _ask(method, ABSENT + tail, "an endpoint that never was"),
        _ask(method, FOREIGN + tail, "an endpoint of another team"),
    ]


def _missing_deliveries(method: str, tail: str = "") -> list[Case]:
    absent = "/deliveries/dlv_00000000000000000000000000"
    return [
        *_missing(method, "/deliveries/{sent}" + tail),
        _ask(method, ONE + absent + tail, "a delivery that never was"),
        _ask(method, LOG + "/{foreign_delivery}" + tail, "a delivery of another team"),
        _ask(method, DISABLED + "/deliveries/{sent}" + tail, "a delivery to another endpoint"),
        _ask(method, LOG + "/no%20id" + tail, "an id that is none"),
    ]


def _idempotent(case: Case) -> list[Case]:
    """Twice under a key, and keys that are none."""
    return [
        again(case, "a replay"),
        again(case, "another route under the key", path="keys", body={"name": "x"}),
        _ask(case.method, case.path, "an idempotency key with a space", Idempotency_Key="a b"),
        _ask(case.method, case.path, "an empty idempotency key", Idempotency_Key=""),
    ]


LIST = [
    _ask("GET", LOG, "all of them, of each end"),
    _ask("GET", f"{DISABLED}/deliveries", "none at all"),
    Case("a key that reads", "GET", f"{LOG}?limit=1", key="read"),
    *pages(LOG),
    *_missing("GET", "/deliveries"),
    *gates("GET", LOG),
]
READ = [
    _ask("GET", f"{LOG}/{{sent}}", "one that arrived"),
    _ask("GET", f"{LOG}/{{lost}}", "one that failed"),
    _ask("GET", f"{LOG}/{{retried}}", "one that is tried again"),
    _ask("GET", f"{LOG}/{{waiting}}", "one that nobody tried yet"),
    Case("a key that reads", "GET", f"{LOG}/{{sent}}", key="read"),
    _ask("GET", f"{LOG}/{{sent}}?colour=red", "a parameter"),
    *_missing_deliveries("GET"),
    *gates("GET", f"{LOG}/{{sent}}"),
]
TESTS = [
    _ask("POST", TEST, "no body"),
    _ask("POST", TEST, "an empty body", {}),
    _ask("POST", f"{DISABLED}/test", "one that was disabled"),
    Case("a key that writes", "POST", TEST, key="write"),
    *_idempotent(_ask("POST", TEST, "", {}, Idempotency_Key="tested")),
    Case("too many that wait", "POST", TEST, settings={"WEBHOOK_MANUAL_PENDING_MAX": 1}),
    *_missing("POST", "/test"),
    *bodies("POST", TEST),
    *gates("POST", TEST, scope="write"),
]
RESEND = f"{LOG}/{{sent}}/resend"
RESENDS = [
    _ask("POST", RESEND, "one that arrived"),
    _ask("POST", f"{LOG}/{{lost}}/resend", "one that failed", {}),
    _ask("POST", f"{LOG}/{{tested}}/resend", "a test"),
    _ask("POST", f"{LOG}/{{made}}/resend", "the one that was just made"),
    Case("a key that writes", "POST", RESEND, key="write"),
    *_idempotent(_ask("POST", RESEND, "", {}, Idempotency_Key="resent")),
    Case("too many that wait", "POST", RESEND, settings={"WEBHOOK_MANUAL_PENDING_MAX": 1}),
    *_missing_deliveries("POST", "/resend"),
    *bodies("POST", RESEND),
    *gates("POST", RESEND, scope="write"),
]
_HOOK = "/v1/webhook_endpoints/{endpoint_id}"
_DELIVERY = f"{_HOOK}/deliveries/{{delivery_id}}"
ENDPOINTS = {
    f"GET {_HOOK}/deliveries": LIST,
    f"GET {_DELIVERY}": READ,
    f"POST {_HOOK}/test": TESTS,
    f"POST {_DELIVERY}/resend": RESENDS,
}
