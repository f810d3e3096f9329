"""Webhooks of a local Stripe: signed, and sent when, how often and in what order one likes."""

import hashlib
import hmac
import json
import random
import urllib.error
import urllib.request
from typing import Any

from billing.gateway.local.errors import invalid
from billing.gateway.local.store import Store

Raw = dict[str, Any]
_SEND_SECONDS = 10.0


def configure(store: Store, body: Raw) -> Raw:
    """``url`` and ``secret`` of who is told; ``hold``: nothing is sent until it is released."""
    store.data["webhook"] = {**store.data.get("webhook", {}), **body}
    return {"url": store.data["webhook"].get("url"), "hold": is_held(store)}


def is_held(store: Store) -> bool:
    """Whether events wait for somebody to release them."""
    return bool(store.data.get("webhook", {}).get("hold"))


def release(store: Store, body: Raw) -> Raw:
    """Let what waits go: ``times`` each, ``order``: as_made, reversed or shuffled (by ``seed``)."""
    waiting, order = list(store.data["outgoing"]), body.get("order", "as_made")
    chosen = waiting * int(body.get("times", 1))
    if order == "reversed":
        chosen.reverse()
    elif order == "shuffled":
        random.Random(body.get("seed", 0)).shuffle(chosen)
    elif order != "as_made":
        raise invalid(f"No order {order}.", "order")
    store.data["outgoing"] = []
    store.data.setdefault("released", []).extend(chosen)
    return {"released": len(chosen)}


def message(store: Store, event_id: str, secret: str) -> tuple[bytes, str]:
    """Body and ``Stripe-Signature`` of an event, signed now."""
    body = json.dumps(store.get("event", event_id)).encode()
    return body, signature(body, secret, store.now)


def signature(body: bytes, secret: str, at_s: int) -> str:
    """The header that goes with a body."""
    signed = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at_s},v1={signed}"


def take_next(store: Store) -> str | None:
    """The next event to send: first what was released, then, if nothing is held, what waits."""
    released = store.data.get("released") or []
    if released:
        return str(released.pop(0))
    if is_held(store) or not store.data.get("webhook", {}).get("url"):
        return None
    waiting = store.data["outgoing"]
    return str(waiting.pop(0)) if waiting else None


def send(url: str, body: bytes, header: str) -> bool:
    """One POST; whether it was taken."""
    request = urllib.request.Request(url, data=body, method="POST")  # noqa: S310 - the developer's
    request.add_header("Content-Type", "application/json; charset=utf-8")
    request.add_header("Stripe-Signature", header)
    try:
        with urllib.request.urlopen(request, timeout=_SEND_SECONDS) as answer:  # noqa: S310
            return bool(200 <= answer.status < 300)
    except (urllib.error.URLError, OSError):
        return False
