"""Stripe's own library talks to a local Stripe in this process; what goes between can be broken."""

import json
from collections.abc import Callable
from urllib.parse import urlsplit

import stripe

from billing.gateway.local.service import LocalStripe

# What happens to one call: "ok", "lost" (never arrives), "silent" (done, the answer is lost),
# "twice" (arrives a second time before the answer), "busy" (429), "broken" (500 after doing it).
Fate = Callable[[str, str], str]


class InProcess(stripe.HTTPClient):
    """The transport of a ``StripeClient``. ``fate`` decides about each call."""

    name = "inprocess"

    def __init__(self, local: LocalStripe) -> None:
        super().__init__()
        self.local = local
        self.fate: Fate = lambda method, path: "ok"
        self.calls: list[tuple[str, str]] = []

    def request(self, method, url, headers, post_data=None, *, _usage=None):
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        verb = method.upper()
        self.calls.append((verb, parts.path))
        fate = self.fate(verb, parts.path)
        if fate == "lost":
            raise stripe.APIConnectionError("connection refused")
        if fate == "busy":
            return json.dumps({"error": {"message": "slow down", "code": "rate_limit"}}), 429, {}
        status, body = self.local.answer(verb, target, post_data or "", headers)
        if fate == "twice":
            status, body = self.local.answer(verb, target, post_data or "", headers)
        if fate == "silent":
            raise stripe.APIConnectionError("timed out")
        if fate == "broken":
            return json.dumps({"error": {"message": "oops", "type": "api_error"}}), 500, {}
        return json.dumps(body), status, {}
