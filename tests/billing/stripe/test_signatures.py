"""Only what Stripe signed, lately, for us, gets into the inbox."""

import hashlib
import hmac
import json

import pytest
from django.db import connection

from aurous.kernel.clock import database_now
from billing.checks import check_stripe_secret
from billing.models import StripeEvent
from tests.billing.stripe.world import SECRET

pytestmark = pytest.mark.django_db
BODY = json.dumps(
    {
        "id": "evt_1",
        "object": "event",
        "type": "price.created",
        "created": 1_790_000_000,
        "data": {"object": {"id": "price_1", "object": "price"}},
    }
).encode()


def sign(body=BODY, secret=SECRET, late_s=0):
    at = int(database_now(connection).timestamp()) - late_s
    return at, hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def header(**how):
    at, signed = sign(**how)
    return f"t={at},v1={signed}"


def post(client, body=BODY, signature=None):
    more = {} if signature is None else {"HTTP_STRIPE_SIGNATURE": signature}
    return client.post("/stripe/webhook", body, content_type="application/json", **more)


def stored():
    return StripeEvent.objects.count()


def test_a_signed_event_is_stored_and_answered(world, client):
    assert post(client, signature=header()).status_code == 200
    event = StripeEvent.objects.get()
    assert (event.type, event.object_id, event.handled_at) == ("price.created", "price_1", None)


def test_the_same_event_five_times_is_stored_once(world, client):
    assert [post(client, signature=header()).status_code for _ in range(5)] == [200] * 5
    assert stored() == 1


def test_a_second_signature_of_which_one_is_ours_is_good(world, client):
    at, signed = sign()
    assert post(client, signature=f"t={at},v1={'0' * 64},v1={signed}").status_code == 200


def test_while_a_secret_is_replaced_both_are_good(world, client, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    assert post(client, signature=header()).status_code == 200
    assert post(client, signature=header(secret="whsec_new")).status_code == 200


ALTERED = BODY.replace(b"price_1", b"price_2")
BAD = {
    "none": lambda: (BODY, None),
    "empty": lambda: (BODY, ""),
    "nonsense": lambda: (BODY, "hello"),
    "no time": lambda: (BODY, f"v1={sign()[1]}"),
    "no signature": lambda: (BODY, f"t={sign()[0]}"),
    "stale": lambda: (BODY, header(late_s=301)),
    "from the future": lambda: (BODY, header(late_s=-301)),
    "wrong secret": lambda: (BODY, header(secret="whsec_of_another")),
    "empty secret": lambda: (BODY, header(secret="")),
    "altered byte": lambda: (ALTERED, header()),
    "altered time": lambda: (BODY, f"t={sign()[0] + 1},v1={sign()[1]}"),
    "old scheme": lambda: (BODY, "t={},v0={}".format(*sign())),
    "not UTF-8": lambda: (b"\xff" + BODY, header(body=b"\xff" + BODY)),
    "no event": lambda: (b"[1]", header(body=b"[1]")),
    "no JSON": lambda: (b"{", header(body=b"{")),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_signed_by_stripe_is_refused_and_leaves_nothing(world, client, case):
    body, signature = BAD[case]()
    assert post(client, body, signature).status_code == 400
    assert stored() == 0


@pytest.mark.parametrize("secrets", [[], [""], [SECRET, ""]])
def test_an_empty_secret_verifies_nothing(world, client, settings, secrets):
    settings.STRIPE_WEBHOOK_SECRETS = secrets
    assert post(client, signature=header(secret="")).status_code == 400
    assert stored() == 0


def test_a_key_without_a_webhook_secret_stops_the_start(settings):
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "sk_test", []
    assert [error.id for error in check_stripe_secret()] == ["billing.E003"]
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    assert check_stripe_secret() == []


def test_a_body_without_end_and_other_methods_are_refused(world, client, settings):
    settings.STRIPE_WEBHOOK_BYTES_MAX = len(BODY) - 1
    assert post(client, signature=header()).status_code == 413
    assert client.get("/stripe/webhook").status_code == 405
