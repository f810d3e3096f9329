"""The API of a local Stripe: a request in, a status and an object out. No sockets here."""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from billing.gateway.local import checkouts, control, intents, reversals
from billing.gateway.local.errors import Refused, invalid, missing
from billing.gateway.local.form import decode
from billing.gateway.local.parameters import check
from billing.gateway.local.store import Store

Raw = dict[str, Any]
_PAGE_ROWS = 10
# What may be expanded, and the kind of object that it is.
_EXPANDABLE = {"latest_charge": "charge", "invoice": "invoice", "customer": "customer"}
_LISTS = {
    "payment_intents": "payment_intent",
    "refunds": "refund",
    "disputes": "dispute",
    "events": "event",
    "balance_transactions": "balance_transaction",
    "customers": "customer",
    "charges": "charge",
}
_KINDS = {
    **_LISTS,
    "checkout/sessions": "checkout.session",
    "setup_intents": "setup_intent",
    "payment_methods": "payment_method",
    "invoices": "invoice",
}
_ONE = re.compile(r"^/v1/((?:checkout/)?[a-z_]+)/([A-Za-z0-9_]+)(?:/([a-z]+))?$")


def _real_clock() -> int:
    return time.time_ns() // 10**9


class LocalStripe:
    """One account. Thread-safe; ``answer`` is everything that the API does."""

    def __init__(
        self, *, base: str = "", path: Path | None = None, clock: Callable[[], int] = _real_clock
    ) -> None:
        self.lock = threading.RLock()
        self.store = Store(clock, path)
        self.store.data["base"] = base

    def answer(
        self, method: str, target: str, body: str = "", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Raw]:
        """Status and JSON of one request. ``target`` is the path with its query."""
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        key = lower.get("idempotency-key") if method == "POST" else None
        with self.lock:
            try:
                status, found = self._once(key, method, target, body)
            except Refused as refused:
                status, found = refused.status, refused.body
            self.store.keep()
            copied: Raw = json.loads(json.dumps(found))  # as it is now, whatever comes after
        return status, copied

    def _once(self, key: str | None, method: str, target: str, body: str) -> tuple[int, Raw]:
        """The same key and request is the same answer; another request is refused."""
        asked = f"{method} {target}\n{body}"
        kept = self.store.data["answers"].get(key) if key else None
        if kept is not None:
            if kept["asked"] != asked:
                message = "Keys for idempotent requests can only be used with the same parameters."
                raise Refused(400, type="idempotency_error", message=message)
            return kept["status"], json.loads(kept["answer"])
        try:
            status, found = 200, self._do(method, target, body)
        except Refused as refused:
            if refused.status != 402:
                raise
            status, found = refused.status, refused.body
        if key:
            answer = json.dumps(found)
            kept = {"asked": asked, "status": status, "answer": answer}
            self.store.data["answers"][key] = kept
        return status, found

    def _do(self, method: str, target: str, body: str) -> Raw:
        path, _, query = target.partition("?")
        params = decode(body or query)
        if path.startswith("/control/"):
            return control.answer(self.store, method, path, json.loads(body or "{}"))
        check(method, path, params)
        found = self._post(path, params) if method == "POST" else self._get(path, params)
        return self._expanded(found, params.get("expand") or [])

    def _post(self, path: str, params: Raw) -> Raw:
        if path in _CREATE:
            return _CREATE[path](self.store, params)
        match = _ONE.match(path)
        acts = _ACTS.get((match[1], match[3] or "")) if match else None
        if match is None or acts is None:
            raise _no_route("POST", path)
        return acts(self.store, self.store.get(_KINDS[match[1]], match[2]), params)

    def _get(self, path: str, params: Raw) -> Raw:
        name = path.removeprefix("/v1/")
        if name in _LISTS:
            return self._list(name, params)
        match = _ONE.match(path)
        if match is None or match[1] not in _KINDS or match[3]:
            raise _no_route("GET", path)
        return self.store.get(_KINDS[match[1]], match[2])

    def _list(self, name: str, params: Raw) -> Raw:
        equal = {k: params[k] for k in ("customer", "payment_intent", "charge") if k in params}
        since = int((params.get("created") or {}).get("gte", 0))
        rows = [r for r in self.store.all(_LISTS[name], **equal) if r.get("created", 0) >= since]
        after = params.get("starting_after")
        if after is not None:
            ids = [row["id"] for row in rows]
            if after not in ids:
                raise missing(_LISTS[name], after)
            rows = rows[ids.index(after) + 1 :]
        limit = int(params.get("limit") or _PAGE_ROWS)
        return {
            "object": "list",
            "url": f"/v1/{name}",
            "data": rows[:limit],
            "has_more": len(rows) > limit,
        }

    def _expanded(self, found: Raw, names: list[str]) -> Raw:
        for name in names:
            if name not in _EXPANDABLE:
                raise invalid(f"This property cannot be expanded ({name}).", "expand")
        inner = {
            name: self.store.get(_EXPANDABLE[name], found[name])
            for name in names
            if found.get(name)
        }
        return {**found, **inner}


def _no_route(method: str, path: str) -> Refused:
    message = f"Unrecognized request URL ({method}: {path})."
    return Refused(404, type="invalid_request_error", message=message)


def _customer(store: Store, params: Raw) -> Raw:
    made = store.add(
        "customer",
        "cus",
        name=params.get("name"),
        email=params.get("email"),
        metadata=params.get("metadata") or {},
    )
    store.tell("customer.created", made)
    return made


def _setup(store: Store, params: Raw) -> Raw:
    return store.add("setup_intent", "seti", customer=params.get("customer"), usage="off_session")


def _confirm_setup(store: Store, intent: Raw, params: Raw) -> Raw:
    intent |= {"status": "succeeded", "payment_method": params.get("payment_method")}
    store.tell("setup_intent.succeeded", intent)
    return intent


def _portal(store: Store, params: Raw) -> Raw:
    made = store.add(
        "billing_portal.session",
        "bps",
        customer=store.get("customer", params["customer"])["id"],
        return_url=params.get("return_url"),
    )
    made["url"] = f"{store.data.get('base', '')}/p/session/{made['id']}"
    return made


_CREATE: dict[str, Callable[[Store, Raw], Raw]] = {
    "/v1/customers": _customer,
    "/v1/checkout/sessions": checkouts.create,
    "/v1/payment_intents": intents.create,
    "/v1/setup_intents": _setup,
    "/v1/refunds": reversals.refund,
    "/v1/billing_portal/sessions": _portal,
}
_ACTS: dict[tuple[str, str], Callable[[Store, Raw, Raw], Raw]] = {
    ("checkout/sessions", "expire"): lambda store, session, _: checkouts.expire(store, session),
    ("payment_intents", "confirm"): intents.confirm,
    ("setup_intents", "confirm"): _confirm_setup,
}
