"""I12, I13 and I16: each kind of damage to what Stripe's objects did is heard by its invariant."""

import pytest

from billing import refunds, stripe_inbox
from billing.lost_replies import make_good
from billing.models import Reversal, StripeEvent, TopUp
from billing.refunds import RefundOrder
from tests.billing import stage
from tests.billing.breaking import damage
from tests.billing.stage import complaints
from tests.cast import NOBODY

pytestmark = pytest.mark.usefixtures("broken_books")
C = stage.CREDIT


@pytest.fixture
def team(broken_books):
    return stage.a_team()


@pytest.fixture
def story(world, team):
    """A top-up that was spent, a refund with a debt, another top-up that paid it, a dispute."""
    world.first = world.bought(team)
    stage.spent(team, 900 * C // stage.PRICE)
    world.refund = refunds.refund(RefundOrder(world.first, 500, "x", NOBODY, "t"))
    world.second = world.bought(team)
    world.control("disputes", payment_intent=world.second.payment_id, amount=100)
    world.deliver(*world.waiting())
    assert complaints() == {}
    return world


def heard(*expected):
    assert set(complaints()) == set(expected)


def test_a_charge_that_is_given_back_is_no_refund_of_stripes(team):
    stage.grant(team, stage.PRICE)
    make_good(stage.spent(team, 1).id)
    assert complaints() == {}


def test_i12_hears_credit_that_is_not_what_was_bought(story):
    damage("UPDATE billing_topup SET credits = credits + 1 WHERE id = %s", [story.first.pk])
    heard("I12")


def test_i12_hears_a_top_up_that_was_credited_and_says_that_it_was_not(story):
    damage(
        "UPDATE billing_topup SET status = 'failed', grant_id = NULL WHERE id = %s",
        [story.second.pk],
    )
    assert "I12" in complaints()


def test_i12_hears_credit_for_no_top_up(story):
    damage(
        "UPDATE billing_transfer SET reference = 'topup:none' WHERE reference = %s",
        [f"topup:{story.first.pk}"],
    )
    assert len(complaints()["I12"]) == 2


def test_i12_hears_a_refund_that_took_another_amount(story):
    damage("UPDATE billing_reversal SET credits = credits - 1 WHERE id = %s", [story.refund.pk])
    heard("I12")


def test_i12_hears_a_refund_that_says_it_gave_back(story):
    damage("UPDATE billing_reversal SET effect = 'returned' WHERE id = %s", [story.refund.pk])
    heard("I12")


def test_i12_hears_a_debt_that_was_forgotten(story, team):
    topup = story.bought(team)
    stage.spent(team, stage.standing(team)[0] // stage.PRICE)
    refunds.refund(RefundOrder(topup, 500, "x", NOBODY, "other"))
    damage("UPDATE billing_debt SET remaining = 0 WHERE remaining > 0")
    heard("I12")


def test_i12_hears_a_refund_transfer_of_no_reversal(story):
    rows = Reversal.objects.get(pk=story.refund.pk).transfers.order_by("pk")
    damage("DELETE FROM billing_reversaltransfer WHERE transfer_id = %s", [rows[0].pk])
    assert "I12" in complaints()


def test_i13_hears_one_charge_of_two_top_ups(story):
    damage("UPDATE billing_topup SET charge_id = 'ch_same'")
    heard("I13")


def test_i16_hears_a_withdrawal_that_was_handled_and_took_nothing(story):
    dispute = Reversal.objects.get(kind="dispute")
    assert StripeEvent.objects.filter(type="charge.dispute.funds_withdrawn").exists()
    damage("UPDATE billing_reversal SET effect = 'none' WHERE id = %s", [dispute.pk])
    heard("I12", "I16")


def test_i16_hears_a_payment_that_was_handled_and_not_credited(world, team):
    topup = world.order(team)
    world.pay(topup)
    events = world.waiting()
    TopUp.objects.filter(pk=topup.pk).update(
        payment_id=world.store.get("checkout.session", topup.checkout_id)["payment_intent"]
    )
    for event_id in events:
        stripe_inbox.receive(*world.message(event_id))
    StripeEvent.objects.update(handled_at=stage.now(), due_at=None)
    heard("I16")
