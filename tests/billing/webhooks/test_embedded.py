"""The embedded profile from end to end: a charge crosses, the customer's server hears."""

import json

import pytest

from aurous.kernel.money import parse_credits
from billing.low_balance import set_low_balance
from tests.billing.webhooks.customer import documented_verify
from tests.cast import NOBODY
from tests.embeddings.api.stage import acme, platform, transactional_db, until
from tests.kernel.outbound.servers import Server, ok

__all__ = ["acme", "platform", "transactional_db"]


@pytest.fixture
def quick_passes(settings):
    settings.WEBHOOK_EVERY_SECONDS = 0.02


def read(visit):
    """One request: its headers by lower-case name, and its body."""
    head, _, body = visit.head().partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    while len(body) < int(headers["content-length"]):
        body += visit.read(65_536)
    return headers, body


def test_the_charge_that_crosses_the_threshold_is_heard_once(quick_passes, acme, settings):
    heard = []

    def script(visit):
        heard.append(read(visit))
        visit.say(ok(b""))

    server = Server(script)
    try:
        settings.AUROUS_WEBHOOK_DEV_HOSTS = [f"127.0.0.1:{server.port}"]
        url = f"http://127.0.0.1:{server.port}/in"
        made = acme.post("webhook_endpoints", {"url": url, "events": ["usage.balance_low"]}).json
        set_low_balance(acme.team, parse_credits("1"), actor=NOBODY)
        for _ in range(2):
            assert acme.embed().status == 200
        log = f"webhook_endpoints/{made['id']}/deliveries"
        until(lambda: [row["status"] for row in acme.get(log).json["data"]] == ["succeeded"])
    finally:
        server.stop()
    ((headers, body),) = heard
    documented_verify()(body, headers["aurous-webhook-signature"], made["secret"])
    event = json.loads(body)
    assert (event["type"], event["id"]) == ("usage.balance_low", headers["aurous-webhook-id"])
