"""Credit that a team buys: from the order to the ledger, and everything that can come between."""

import json

import pytest

from aurous.kernel.errors import AurousError
from billing import payments, stripe_sweep, topups
from billing.models import PaymentException, TopUp, WebhookEvent
from billing.webhooks.event_types import EventType
from tests.billing import stage
from tests.billing.stripe.world import ASKS, DECLINES, URLS, World, an_owner
from tests.cast import NOBODY


def told(team):
    return list(WebhookEvent.objects.filter(team=team).values_list("type", flat=True))


def test_an_order_is_credited_once_it_is_paid_and_not_before(world, team):
    before = stage.standing(team)[0]
    topup = world.order(team, 2_500)
    assert payments.refresh(topup.pk).status == "pending"
    assert stage.standing(team)[0] == before
    assert world.pay(topup) == "paid"
    done = topups.fulfil(topup.pk)
    assert done.status == "succeeded"
    assert done.receipt_url.startswith("https://pay.example/receipts/")
    assert done.invoice_url.startswith("https://pay.example/invoices/")
    assert stage.standing(team)[0] == before + 2_500 * stage.CREDIT
    assert done.grant.kind == "purchased"
    assert EventType.TOPUP_SUCCEEDED in told(team)


def test_looking_again_changes_nothing(world, team):
    topup = world.bought(team)
    before = stage.standing(team), stage.kinds(team)
    for _ in range(3):
        topups.fulfil(topup.pk)
    assert (stage.standing(team), stage.kinds(team)) == before


def test_the_row_is_there_before_stripe_hears_of_it(world, team):
    seen = []
    world.transport.fate = lambda method, path: seen.append(TopUp.objects.count()) or "ok"
    world.order(team)
    assert seen[0] == 1


def test_a_form_that_is_sent_twice_is_one_order_and_one_page(world, team):
    first = topups.begin(team, 1_000, actor=NOBODY, token="same", **URLS)
    again = topups.begin(team, 1_000, actor=NOBODY, token="same", **URLS)
    assert (first.topup.pk, first.url) == (again.topup.pk, again.url)
    assert len(list(world.store.all("checkout.session"))) == 1


@pytest.mark.parametrize("cents", [0, -500, 499, 1_000_001])
def test_an_amount_out_of_range_is_refused_and_leaves_nothing(world, team, cents):
    with pytest.raises(AurousError) as refused:
        world.order(team, cents)
    assert refused.value.code == "value_out_of_range"
    assert not TopUp.objects.exists()


def test_without_a_provider_nobody_can_order(team):
    with pytest.raises(AurousError, match="not set up"):
        World.order(None, team)
    assert not TopUp.objects.exists()


def test_a_declined_card_leaves_the_order_open_and_another_card_pays(world, team):
    topup = world.order(team)
    assert world.pay(topup, DECLINES) == "generic_decline"
    assert payments.refresh(topup.pk).status == "pending"
    assert world.pay(topup) == "paid"
    assert payments.refresh(topup.pk).status == "succeeded"


def test_a_card_that_asks_its_owner_is_credited_after_the_answer(world, team):
    topup = world.order(team)
    assert world.pay(topup, ASKS) == "asks"
    assert payments.refresh(topup.pk).status == "pending"
    assert world.answer_bank(topup, agreed=False) == "authentication_failed"
    assert payments.refresh(topup.pk).status == "pending"
    assert world.pay(topup, ASKS) == "asks"
    assert world.answer_bank(topup, agreed=True) == "paid"
    assert payments.refresh(topup.pk).status == "succeeded"


def test_a_page_that_nobody_paid_on_expires(world, team):
    topup = world.order(team)
    world.control("checkouts/expire", checkout=topup.checkout_id)
    assert payments.refresh(topup.pk).status == "expired"
    assert EventType.TOPUP_FAILED not in told(team)


@pytest.mark.parametrize(("outcome", "status"), [("paid", "succeeded"), ("failed", "failed")])
def test_a_delayed_method_is_credited_when_the_money_is_there(world, team, outcome, status):
    topup = world.order(team)
    world.control("checkouts/pay_later", checkout=topup.checkout_id)
    assert payments.refresh(topup.pk).status == "processing"
    world.control("checkouts/arrive", checkout=topup.checkout_id, outcome=outcome)
    assert payments.refresh(topup.pk).status == status
    assert (EventType.TOPUP_FAILED in told(team)) == (outcome == "failed")


def test_what_was_given_up_and_then_paid_is_credited(world, team):
    topup = world.order(team)
    TopUp.objects.filter(pk=topup.pk).update(status="expired", completed_at=stage.now())
    world.pay(topup)
    assert payments.refresh(topup.pk).status == "succeeded"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("amount_subtotal", 999),
        ("currency", "eur"),
        ("client_reference_id", "topup_of_somebody_else"),
        ("metadata", {"topup": "x", "team": "team_of_somebody_else"}),
        ("amount_total", 2_000),
    ],
)
def test_paid_money_that_is_not_as_ordered_waits_for_a_person(world, team, field, value):
    before = stage.standing(team)[0]
    topup = world.order(team)
    world.pay(topup)
    world.store.data["objects"][topup.checkout_id][field] = value
    assert payments.refresh(topup.pk).status == "pending"
    payments.refresh(topup.pk)
    assert stage.standing(team)[0] == before
    (exception,) = PaymentException.objects.all()
    assert (exception.kind, exception.object_id) == ("mismatch", topup.pk)


def test_a_cancelled_order_cannot_be_paid(world, team):
    topup = world.order(team)
    assert topups.cancel(topup).status == "expired"
    assert world.pay(topup) == "expired"


def test_the_sweep_asks_about_open_orders_and_gives_up_those_without_a_page(world, team):
    paid, lost = world.order(team), world.order(team)
    world.pay(paid)
    long_ago = stage.LONG_AGO
    TopUp.objects.all().update(created_at=long_ago)
    TopUp.objects.filter(pk=lost.pk).update(checkout_id=None)
    stripe_sweep.sweep()
    states = dict(TopUp.objects.values_list("pk", "status"))
    assert states == {paid.pk: "succeeded", lost.pk: "expired"}


def test_the_card_is_kept_only_when_the_customer_said_so(world, team):
    an_owner(team, "ada@acme.example")
    topup = world.bought(team)
    assert topup.team.stripe_customer.payment_method_id == ""
    world.with_card(team)
    orders = [o for o in world.store.data["orders"].values() if o.get("setup_future_usage")]
    assert len(orders) == 1


def test_what_a_failed_top_up_tells_the_customers_endpoint(world, team):
    topup = world.order(team)
    world.control("checkouts/pay_later", checkout=topup.checkout_id)
    world.control("checkouts/arrive", checkout=topup.checkout_id, outcome="failed")
    payments.refresh(topup.pk)
    payments.refresh(topup.pk)
    event = WebhookEvent.objects.get(type=EventType.TOPUP_FAILED)
    data = json.loads(event.data)
    created_at = data.pop("created_at")
    assert created_at.endswith("Z")
    assert data == {
        "object": "top_up",
        "id": topup.pk,
        "amount": 1_000,
        "code": "payment_intent_payment_attempt_failed",
    }
