"""POSTs about webhooks with an idempotency key: one effect, the same bytes again."""

import pytest

from billing.models import WebhookDelivery, WebhookEndpoint
from tests.embeddings.api.stage import acme, platform, transactional_db

__all__ = ["acme", "platform", "transactional_db"]
BODY = {"url": "https://hooks.example.com/in", "events": ["*"]}


@pytest.fixture
def path(acme):
    return f"webhook_endpoints/{acme.post('webhook_endpoints', BODY).json['id']}"


def same_again(call):
    """The answer of a call, after it was shown that the second call repeats the first."""
    first, second = call(), call()
    assert first.status < 300, first.content
    assert (second.status, second.content) == (first.status, first.content)
    assert (first.replayed, second.replayed) == (False, True)
    return first


def test_an_endpoint_is_made_once_and_its_secret_is_shown_again(acme):
    made = same_again(lambda: acme.post("webhook_endpoints", BODY, Idempotency_Key="make"))
    assert made.json["secret"].startswith("whsec_")
    assert WebhookEndpoint.objects.filter(team_id=acme.team.id).count() == 1


def test_another_body_under_the_key_is_409_and_makes_nothing(acme):
    acme.post("webhook_endpoints", BODY, Idempotency_Key="make")
    other = acme.post("webhook_endpoints", BODY | {"description": "b"}, Idempotency_Key="make")
    assert (other.status, other.code) == (409, "idempotency_key_in_use")
    assert WebhookEndpoint.objects.filter(team_id=acme.team.id).count() == 1


def test_a_refused_url_keeps_nothing_under_the_key(acme):
    bad = BODY | {"url": "https://127.0.0.1/in"}
    assert acme.post("webhook_endpoints", bad, Idempotency_Key="k").status == 400
    assert acme.post("webhook_endpoints", BODY, Idempotency_Key="k").status == 201


def test_a_secret_is_rolled_once(acme, path):
    rolled = same_again(lambda: acme.post(f"{path}/roll", {}, Idempotency_Key="roll"))
    assert rolled.json["secret"].startswith("whsec_")


def test_a_test_is_sent_once_and_sent_again_once(acme, path):
    sent = same_again(lambda: acme.post(f"{path}/test", {}, Idempotency_Key="test"))
    again = f"{path}/deliveries/{sent.json['id']}/resend"
    same_again(lambda: acme.post(again, {}, Idempotency_Key="resend"))
    assert WebhookDelivery.objects.filter(endpoint__team_id=acme.team.id).count() == 2
