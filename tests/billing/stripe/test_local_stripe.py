"""A Stripe of our own says what Stripe says: its fields, its errors, its keys, over HTTP."""

import json
import queue
import urllib.error
import urllib.request

import pytest

from billing import gateway as gateways
from billing import stripe_inbox
from billing.gateway.base import (
    CardDeclined,
    GatewayNotFound,
    GatewayRefused,
    GatewayUnavailable,
    PaymentOrder,
)
from billing.gateway.client import StripeGateway
from billing.gateway.local import outgoing
from billing.gateway.local.cards import new_method
from billing.gateway.local.form import decode
from billing.gateway.local.objects import fixtures, make
from billing.gateway.local.server import serve
from billing.gateway.local.service import LocalStripe
from billing.models import StripeEvent, TopUp
from tests.billing import stage
from tests.billing.stripe.world import ASKS, ASKS_ALWAYS, DECLINES_LATER, SECRET, World


def payment_order(customer, method="pm_card_visa", topup="topup_x"):
    return PaymentOrder(topup, "team_x", customer, method, 2_000, "usd", "credit")


@pytest.fixture
def bare():
    """Without a database."""
    return World()


def test_every_object_has_the_fields_of_stripes_own_example_and_no_others(world, team):
    world.with_card(team)
    topup = world.bought(team)
    refund = world.gateway.create_refund(topup.payment_id, 100, reversal_id="", key="r")
    world.control("refunds/fail", refund=refund.id)
    world.control("disputes", payment_intent=topup.payment_id, amount=100)
    world.control("fraud_warnings", payment_intent=topup.payment_id)
    world.gateway.create_portal(team.stripe_customer.customer_id, "https://example.com")
    world.local.answer("POST", "/v1/setup_intents", "")
    made = {}
    for one in world.store.data["objects"].values():
        made.setdefault(one["object"], set()).add(frozenset(one))
    assert made == {kind: {frozenset(fixtures()[kind])} for kind in made}
    assert made.keys() == fixtures().keys()


def test_an_object_cannot_be_made_with_a_field_that_stripe_does_not_have():
    with pytest.raises(KeyError, match="refund has no colour"):
        make("refund", colour="red")


def test_the_same_key_and_body_is_the_same_answer_and_another_body_is_refused(bare):
    customer = bare.gateway.create_customer(team_id="t", name="A", email="a@b.example", key="c")
    first = bare.gateway.create_payment(payment_order(customer), key="k")
    assert bare.gateway.create_payment(payment_order(customer), key="k") == first
    other = payment_order(customer, topup="topup_y")
    with pytest.raises(GatewayUnavailable, match="IdempotencyError"):
        bare.gateway.create_payment(other, key="k")
    assert bare.gateway.create_payment(other, key="other").id != first.id
    assert len(list(bare.gateway.payments_of(customer))) == 2


def test_a_declined_payment_is_declined_again_under_its_key(bare):
    customer = bare.gateway.create_customer(team_id="t", name="A", email="", key="c")
    order = payment_order(customer, "pm_card_chargeDeclined")
    ids = set()
    for _ in range(2):
        with pytest.raises(CardDeclined) as declined:
            bare.gateway.create_payment(order, key="k")
        assert declined.value.code == "generic_decline"
        ids.add(declined.value.payment_id)
    assert len(ids) == 1
    payment = bare.gateway.retrieve_payment(ids.pop())
    assert (payment.status, payment.failure_code) == ("requires_payment_method", "generic_decline")
    again = bare.gateway.confirm_payment(payment.id, "pm_card_visa", key="again")
    assert again.status == "succeeded"


def test_what_is_not_there_and_what_stripe_does_not_know_is_refused(bare):
    for call in (bare.gateway.retrieve_payment, bare.gateway.retrieve_checkout):
        with pytest.raises(GatewayNotFound):
            call("pi_none")
    status, answer = bare.local.answer("POST", "/v1/refunds", "payment_intent=x&colour=red")
    assert (status, answer["error"]["code"]) == (400, "parameter_unknown")
    status, answer = bare.local.answer("POST", "/v1/payment_intents", "amount=100")
    assert (status, answer["error"]["code"]) == (400, "parameter_missing")
    assert bare.local.answer("GET", "/v1/nothing")[0] == 404


@pytest.mark.parametrize("fate", ["lost", "silent", "busy", "broken"])
def test_trouble_is_told_apart_from_a_no(bare, fate):
    bare.transport.fate = lambda method, path: fate
    with pytest.raises(GatewayUnavailable):
        bare.gateway.retrieve_payment("pi_x")


def test_lists_are_read_to_their_end(bare):
    customer = bare.gateway.create_customer(team_id="t", name="A", email="", key="c")
    ids = [
        bare.gateway.create_payment(payment_order(customer), key=f"k{number}").id
        for number in range(105)
    ]
    assert [payment.id for payment in bare.gateway.payments_of(customer)] == ids[::-1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a=1&b[c]=2", {"a": "1", "b": {"c": "2"}}),
        ("a[0][b]=1&a[1][b]=2", {"a": [{"b": "1"}, {"b": "2"}]}),
        ("expand[0]=x&expand[1]=y", {"expand": ["x", "y"]}),
        ("expand[]=x", {"expand": ["x"]}),
        ("", {}),
    ],
)
def test_stripes_form_encoding_is_read(text, found):
    assert decode(text) == found


def test_what_it_knows_survives_a_restart(tmp_path):
    path = tmp_path / "stripe.json"
    status, made = LocalStripe(path=path).answer("POST", "/v1/customers", "name=A")
    assert status == 200
    assert LocalStripe(path=path).answer("GET", f"/v1/customers/{made['id']}") == (200, made)


# --- over HTTP, as a browser and Stripe's library meet it ------------------------------------
class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


_open = urllib.request.build_opener(_Stay).open


def browse(url, data=None):
    """Status, page and where the browser is sent."""
    try:
        answer = _open(url, data.encode() if data is not None else None, timeout=10)
    except urllib.error.HTTPError as other:
        answer = other
    with answer:
        return answer.status, answer.read().decode(), answer.headers.get("Location")


@pytest.fixture
def served(world, monkeypatch):
    """The same Stripe behind a port, with a client of its own that goes there."""
    server = serve(world.local, "127.0.0.1", 0)
    over_http = StripeGateway("sk_test_local", api_base=server.url, retries_max=0, timeout_s=10)
    monkeypatch.setattr(gateways, "_gateway", lambda *_: over_http)
    yield server.url
    server.stop()


def test_a_person_pays_on_the_page_after_a_decline(served, world, team):
    topup = world.order(team)
    page = world.store.get("checkout.session", topup.checkout_id)["url"]
    status, shown, _ = browse(page)
    assert status == 200
    assert "Play money." in shown
    assert "$10.00 of Aurous credit" in shown
    status, shown, _ = browse(page, "card=4000+0000+0000+0002")
    assert (status, "Your card was declined." in shown) == (200, True)
    status, shown, _ = browse(page, "card=1234")
    assert (status, "incorrect" in shown) == (200, True)
    status, _, sent_to = browse(page, "card=4242+4242+4242+4242")
    assert (status, sent_to) == (303, "https://example.com/done")
    assert browse(page)[2] == "https://example.com/done"


@pytest.mark.parametrize("card", [ASKS, ASKS_ALWAYS])
def test_a_bank_asks_and_gets_an_answer(served, world, team, card):
    topup = world.order(team)
    page = world.store.get("checkout.session", topup.checkout_id)["url"]
    status, _, asks = browse(page, f"card={card}")
    assert (status, asks) == (303, f"/c/auth/{topup.checkout_id}")
    assert "Your bank asks" in browse(served + asks)[1]
    assert "unable to authenticate" in browse(served + asks, "refuse=1")[1]
    browse(page, f"card={card}")
    assert browse(served + asks, "agree=1")[2] == "https://example.com/done"


def test_a_page_that_expired_and_one_that_never_was(served, world, team):
    topup = world.order(team)
    page = world.store.get("checkout.session", topup.checkout_id)["url"]
    world.gateway.expire_checkout(topup.checkout_id)
    assert browse(f"{served}/c/pay/{topup.checkout_id}")[0] == 410
    assert browse(page + "x")[0] == 404


def test_receipt_invoice_and_portal_can_be_opened(served, world, team):
    topup = world.bought(team)
    portal = world.gateway.create_portal(team.stripe_customer.customer_id, "https://example.com/b")
    for url in (topup.receipt_url, topup.invoice_url, portal):
        status, shown, _ = browse(url)
        assert (status, "$10.00" in shown) == (200, True)


def test_a_card_that_is_kept_and_declines_later_is_kept_first(bare):
    customer = bare.gateway.create_customer(team_id="t", name="A", email="", key="c")
    method = new_method(bare.store, DECLINES_LATER, customer)
    with pytest.raises(CardDeclined):
        bare.gateway.create_payment(payment_order(customer, method["id"]), key="k")
    with pytest.raises(GatewayRefused):
        bare.gateway.create_refund("pi_none", 1, reversal_id="", key="r")


@pytest.mark.django_db(transaction=True)
def test_webhooks_are_held_back_then_sent_twice_in_reverse(world, live_server):
    team = stage.a_team()
    hook = f"{live_server.url}/stripe/webhook"
    world.control("webhooks", url=hook, secret=SECRET, hold=True)
    topup = world.order(team)
    world.pay(topup)
    waiting = list(world.store.data["outgoing"])
    assert outgoing.take_next(world.store) is None
    world.control("webhooks/release", times=2, order="reversed")
    sent = []
    while (event_id := outgoing.take_next(world.store)) is not None:
        assert outgoing.send(hook, *world.message(event_id))
        sent.append(event_id)
    assert sent == (waiting * 2)[::-1]
    assert not outgoing.send(hook, b"{}", "t=1,v1=0")
    assert StripeEvent.objects.count() == len(waiting)
    stripe_inbox.run_pass()
    assert TopUp.objects.get(pk=topup.pk).status == "succeeded"


def test_a_server_sends_by_itself_what_is_not_held(served, world, team, monkeypatch):
    arrived = queue.Queue()
    monkeypatch.setattr(outgoing, "send", lambda *message: arrived.put(message) or True)
    world.control("webhooks", url="http://127.0.0.1:9/hook", secret=SECRET)
    world.gateway.create_customer(team_id="t", name="A", email="", key="c")
    url, body, header = arrived.get(timeout=20)
    assert url.endswith("/hook")
    assert json.loads(body)["type"] == "customer.created"
    assert header.startswith("t=")
