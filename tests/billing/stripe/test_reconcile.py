"""Stripe's account of our money beside our own: what differs on either side is found and filed."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Team
from billing import payment_exceptions, refunds, stripe_inbox
from billing.models import AutoRecharge, PaymentException, Reversal, StripeEvent, TopUp
from billing.reconcile import reconcile
from billing.refunds import RefundOrder
from tests.billing import stage
from tests.cast import NOBODY

C = stage.CREDIT


def found():
    return [(one.kind, one.object_id) for one in reconcile(stage.LONG_AGO)]


@pytest.fixture
def topup(world, team):
    return world.bought(team)


def age():
    """As if it had all happened an hour ago."""
    TopUp.objects.update(completed_at="2026-01-01 00:00:00+00:00")
    Reversal.objects.update(created_at="2026-01-01 00:00:00+00:00")


def test_nothing_differs_after_a_story(world, team, topup):
    refunds.refund(RefundOrder(topup, 300, "x", NOBODY, "t"))
    made = world.control("disputes", payment_intent=topup.payment_id, amount=100)
    world.control("disputes/close", dispute=made["id"], outcome="won")
    world.deliver(*world.waiting())
    assert found() == []


def test_what_a_second_look_can_mend_is_mended(world, team):
    open_order = world.order(team)
    world.pay(open_order)
    assert found() == []
    assert TopUp.objects.get(pk=open_order.pk).status == "succeeded"
    paid = TopUp.objects.get(pk=open_order.pk)
    world.gateway.create_refund(paid.payment_id, 300, reversal_id="", key="elsewhere")
    world.control("disputes", payment_intent=paid.payment_id, amount=100)
    assert found() == []
    assert stage.standing(team)[0] == (10 + 1_000 - 400) * C


def test_charged_and_not_credited_is_filed_once_and_rings_until_it_is_settled(world, team):
    order = world.order(team)
    world.pay(order)
    world.store.get("checkout.session", order.checkout_id)["amount_subtotal"] = 1
    (charge,) = world.store.all("charge")
    assert found() == [("not_credited", charge["id"])]
    found()
    assert payment_exceptions.measure() == 2  # the mismatch and the charge
    assert PaymentException.objects.count() == 2
    world.store.get("checkout.session", order.checkout_id)["amount_subtotal"] = 1_000
    assert found() == []
    assert payment_exceptions.measure() == 0


def test_a_person_settles_an_exception_with_a_word_about_it(world, team, topup):
    world.store.data["objects"][topup.charge_id]["amount"] = 1
    next(world.store.all("balance_transaction"))["amount"] = 999
    assert found() == [("mismatch", topup.charge_id)]
    (exception,) = PaymentException.objects.all()
    payment_exceptions.resolve(exception.pk, "Refunded by hand", actor=NOBODY)
    assert payment_exceptions.measure() == 0
    with pytest.raises(Exception, match="not open"):
        payment_exceptions.resolve(exception.pk, "again", actor=NOBODY)


def test_credit_without_a_charge_is_found(world, team, topup):
    age()
    objects = world.store.data["objects"]
    for made in [*world.store.all("balance_transaction"), *world.store.all("payment_intent")]:
        del objects[made["id"]]
    assert found() == [("not_charged", topup.pk)]


def test_a_taking_without_a_refund_is_found(world, team, topup):
    row = refunds.refund(RefundOrder(topup, 300, "x", NOBODY, "t"))
    age()
    del world.store.data["objects"][row.stripe_id]
    lines = [line for line in world.store.all("balance_transaction") if line["type"] == "refund"]
    del world.store.data["objects"][lines[0]["id"]]
    assert found() == [("not_returned", row.stripe_id)]


def test_money_of_somebody_else_on_the_same_account_is_left_alone(world, team):
    body = "amount=500&currency=usd&confirm=true&payment_method=pm_card_visa"
    world.local.answer("POST", "/v1/payment_intents", body)
    assert found() == []


def test_the_command_says_it_and_ends_with_1_on_a_difference(world, team, topup):
    said = StringIO()
    call_command("reconcile", stdout=said)
    assert said.getvalue() == "Stripe and the books agree.\n"
    next(world.store.all("balance_transaction"))["amount"] = 999
    said = StringIO()
    with pytest.raises(CommandError, match="1 differences"):
        call_command("reconcile", "--json", stdout=said)
    answer = json.loads(said.getvalue())
    assert (answer["ok"], answer["differences"][0]["kind"]) == (False, "mismatch")


def test_a_warning_of_fraud_freezes_the_team_once(world, team, topup):
    world.recharging(team)
    world.control("fraud_warnings", payment_intent=topup.payment_id)
    world.deliver(*world.waiting())
    frozen = Team.objects.get(pk=team.pk)
    assert frozen.is_suspended
    assert "looked at" in frozen.suspended_reason  # what the team reads helps no thief
    assert "fraud" not in frozen.suspended_reason.lower()
    row = AutoRecharge.objects.get()
    assert (row.enabled, row.disabled_reason) == (False, "fraud_warning")
    assert PaymentException.objects.get().kind == "fraud_warning"
    Team.objects.update(suspended_at=None)
    for event in StripeEvent.objects.filter(type__startswith="radar."):
        stripe_inbox.replay(event.pk, actor=NOBODY)
    stripe_inbox.run_pass()
    assert not Team.objects.get(pk=team.pk).is_suspended
