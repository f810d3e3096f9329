"""Events: stored first, worked on later, once, whatever comes in whatever order (F9)."""

import pytest

from billing import payments, stripe_inbox, stripe_sweep
from billing.models import PaymentException, StripeEvent, TopUp
from tests.billing import stage
from tests.billing.stripe.world import books
from tests.cast import NOBODY


def outcomes():
    return set(StripeEvent.objects.values_list("outcome", flat=True))


def test_a_webhook_credits_without_anybody_looking(world, team):
    topup = world.order(team)
    world.pay(topup)
    world.deliver(*world.waiting())
    assert TopUp.objects.get(pk=topup.pk).status == "succeeded"
    assert not StripeEvent.objects.filter(handled_at=None).exists()


@pytest.mark.parametrize("order", ["as made", "reversed", "five times", "reversed, five times"])
def test_a_whole_story_ends_the_same_in_any_order_and_three_days_late(world, team, order):
    topup = world.order(team)
    world.pay(topup)
    payment_id = world.store.get("checkout.session", topup.checkout_id)["payment_intent"]
    refund = world.gateway.create_refund(payment_id, 300, reversal_id="", key="a")
    world.control("disputes", payment_intent=payment_id, amount=200)
    world.control("refunds/fail", refund=refund.id)
    events = world.waiting() * (5 if "five" in order else 1)
    assert len(events) >= 9
    StripeEvent.objects.all().delete()
    world.deliver(*(reversed(events) if "reversed" in order else events))
    assert stage.standing(team)[0] == (10 + 1_000 - 200) * stage.CREDIT
    assert books(team)["moved"] == {
        "grant": 10 * stage.CREDIT,
        "top_up": 1_000 * stage.CREDIT,
        "dispute": -200 * stage.CREDIT,
    }
    assert outcomes() <= {"done", "ignored"}


def test_a_webhook_that_comes_before_our_own_calls_answer_is_enough(world, team):
    """The page is made and paid, and the answer to our call never comes."""
    world.transport.fate = lambda m, p: "silent" if p == "/v1/checkout/sessions" else "ok"
    with pytest.raises(Exception, match="did not answer"):
        world.order(team)
    world.transport.fate = lambda m, p: "ok"
    topup = TopUp.objects.get()
    (session,) = world.store.all("checkout.session")
    assert (topup.checkout_id, session["client_reference_id"]) == (None, topup.pk)
    world.control("checkouts/pay", checkout=session["id"], card="4242424242424242")
    world.deliver(*world.waiting())
    topup.refresh_from_db()
    assert (topup.status, topup.checkout_id) == ("succeeded", session["id"])


def test_what_is_not_about_a_payment_and_what_is_not_ours_is_stored_and_left_alone(world, team):
    world.gateway.create_customer(team_id="x", name="x", email="", key="x")
    world.local.answer(
        "POST",
        "/v1/payment_intents",
        "amount=500&currency=usd&confirm=true&payment_method=pm_card_visa",
    )
    world.deliver(*world.waiting())
    assert outcomes() == {"ignored", "not_ours"}
    assert not PaymentException.objects.exists()


def test_a_payment_of_an_order_that_is_not_here_goes_to_a_person(world, team):
    topup = world.order(team)
    world.pay(topup)
    events = world.waiting()
    TopUp.objects.all().delete()
    world.deliver(*events)
    (exception,) = PaymentException.objects.all()
    assert (exception.kind, exception.object_id) == ("unknown_payment", topup.pk)


def test_an_event_that_cannot_be_worked_on_comes_again_and_in_the_end_goes_to_a_person(
    world, team, settings
):
    settings.STRIPE_EVENT_ATTEMPTS_MAX = 3
    topup = world.order(team)
    world.pay(topup)
    *_, event_id = world.waiting()
    world.transport.fate = lambda method, path: "lost"
    world.deliver(event_id)
    row = StripeEvent.objects.get()
    assert row.attempts == 1
    assert row.due_at > stage.now()
    assert row.error.startswith("GatewayUnavailable")
    for _ in range(2):
        StripeEvent.objects.update(due_at=stage.now())
        stripe_inbox.run_pass()
    row.refresh_from_db()
    assert (row.due_at, row.handled_at) == (None, None)
    assert PaymentException.objects.get().kind == "event_failed"
    world.transport.fate = lambda method, path: "ok"
    stripe_inbox.replay(event_id, actor=NOBODY)
    stripe_inbox.run_pass()
    assert TopUp.objects.get(pk=topup.pk).status == "succeeded"


def test_a_replay_changes_nothing_that_stands(world, team):
    topup = world.order(team)
    world.pay(topup)
    world.deliver(*world.waiting())
    before = books(team)
    for event_id in StripeEvent.objects.values_list("pk", flat=True):
        stripe_inbox.replay(event_id, actor=NOBODY)
    assert stripe_inbox.run_pass() == StripeEvent.objects.count()
    assert books(team) == before


def test_an_event_that_somebody_is_at_is_left_to_them(world, team):
    topup = world.order(team)
    world.pay(topup)
    *_, event_id = world.waiting()
    stripe_inbox.receive(*world.message(event_id))
    claimed = stripe_inbox._claim(StripeEvent.objects.all())
    assert claimed.pk == event_id
    stripe_inbox.handle(event_id)
    assert stripe_inbox.run_pass() == 0
    assert TopUp.objects.get(pk=topup.pk).status == "pending"


def test_the_mark_and_the_effect_stand_or_fall_together(world, team, monkeypatch):
    topup = world.order(team)
    world.pay(topup)
    *_, event_id = world.waiting()
    monkeypatch.setattr(stripe_inbox, "_finish", lambda *_: 1 / 0)
    world.deliver(event_id)
    assert TopUp.objects.get(pk=topup.pk).status == "pending"
    assert StripeEvent.objects.get().handled_at is None
    assert payments.refresh(topup.pk).status == "succeeded"


def test_what_no_webhook_told_is_read_by_the_sweep(world, team):
    topup = world.order(team)
    world.pay(topup)
    world.waiting()
    assert stripe_sweep.sweep() == 0
    assert TopUp.objects.get(pk=topup.pk).status == "succeeded"
    count = StripeEvent.objects.count()
    stripe_sweep.sweep()
    assert StripeEvent.objects.count() == count
