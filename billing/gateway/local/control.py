"""What only a test or a developer can do: let banks act, and steer the webhooks. JSON bodies."""

from typing import Any

from billing.gateway.local import checkouts, outgoing, reversals
from billing.gateway.local.errors import Refused, invalid
from billing.gateway.local.store import Store

Raw = dict[str, Any]


def answer(store: Store, method: str, path: str, body: Raw) -> Raw:
    """One wish. ``GET /control/webhooks`` shows what waits; all others are POST."""
    name = path.removeprefix("/control/")
    if method == "GET" and name == "webhooks":
        return {"waiting": [store.data["objects"][i]["type"] for i in store.data["outgoing"]]}
    act = _ACTS.get(name)
    if method != "POST" or act is None:
        raise Refused(404, type="invalid_request_error", message=f"No control {name}.")
    try:
        found = act(store, body)
    except KeyError as error:
        raise invalid(f"Missing: {error}") from error
    return found if isinstance(found, dict) else {"done": True}


def _dispute(store: Store, body: Raw) -> Raw:
    """``payment_intent``, ``amount`` (cents, all without it), ``inquiry``."""
    inquiry = bool(body.get("inquiry"))
    return reversals.dispute(store, body["payment_intent"], body.get("amount"), inquiry=inquiry)


def _close(store: Store, body: Raw) -> Raw:
    """``dispute``, ``outcome``: won or lost."""
    return reversals.close(store, store.get("dispute", body["dispute"]), won=_good(body, "won"))


def _good(body: Raw, word: str) -> bool:
    return bool(body["outcome"] == word)


_ACTS: dict[str, Any] = {
    "disputes": _dispute,
    "disputes/escalate": lambda s, b: reversals.escalate(s, s.get("dispute", b["dispute"])),
    "disputes/close": _close,
    "refunds/fail": lambda s, b: reversals.fail_refund(s, s.get("refund", b["refund"])),
    "fraud_warnings": lambda s, b: reversals.warn(s, b["payment_intent"]),
    # ``checkout``, ``card``: somebody pays without a browser.
    "checkouts/pay": lambda s, b: {
        "result": checkouts.pay(s, s.get("checkout.session", b["checkout"]), b["card"])
    },
    "checkouts/pay_later": lambda s, b: {
        "result": checkouts.pay_later(s, s.get("checkout.session", b["checkout"]))
    },
    # ``outcome``: paid or failed, of what was paid later.
    "checkouts/arrive": lambda s, b: checkouts.arrive(
        s, s.get("checkout.session", b["checkout"]), good=_good(b, "paid")
    ),
    "checkouts/expire": lambda s, b: checkouts.expire(s, s.get("checkout.session", b["checkout"])),
    "webhooks": outgoing.configure,
    "webhooks/release": outgoing.release,
}
