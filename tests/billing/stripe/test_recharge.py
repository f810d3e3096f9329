"""Auto-recharge: off unless chosen, one in flight, capped, and off again after three failures."""

from datetime import timedelta

import pytest
from django.core import mail

from aurous.kernel.errors import AurousError
from billing import notices, recharge
from billing.models import AutoRecharge, TopUp, WebhookEvent
from billing.webhooks.event_types import EventType
from tests.billing import stage
from tests.billing.stripe.world import ASKS, ASKS_ALWAYS, DECLINES_LATER, VISA, an_owner

C = stage.CREDIT


@pytest.fixture
def team(db):
    """Nothing but what it buys, and an owner who reads mail."""
    made = stage.a_team()
    an_owner(made, "ada@acme.example")
    return made


def recharges(team, **more):
    return TopUp.objects.filter(team=team, kind="recharge", **more)


def posted(team):
    return stage.standing(team)[0]


def later(**time):
    """All that waits has waited for so long."""
    moment = stage.now() - timedelta(**time)
    AutoRecharge.objects.filter(not_before__isnull=False).update(not_before=moment)
    TopUp.objects.update(created_at=moment)


def test_it_is_off_until_its_own_box_is_ticked(world, team):
    world.with_card(team)
    assert recharge.run_pass() == 0
    world.recharging(team, enabled=False)
    assert recharge.run_pass() == 0
    world.recharging(team)
    recharge.run_pass()
    assert recharges(team, status="succeeded").count() == 1
    assert posted(team) == 3_000 * C


def test_it_buys_when_the_balance_crosses_the_threshold_and_not_before(world, team):
    world.with_card(team)
    world.recharging(team, threshold=500 * C)
    assert recharge.run_pass() == 0
    stage.spent(team, 501 * C // stage.PRICE)
    assert recharge.run_pass() == 1
    assert posted(team) == 2_499 * C
    assert recharge.run_pass() == 0


def test_a_refused_request_starts_it_although_the_balance_is_above_the_threshold(world, team):
    world.with_card(team)
    world.recharging(team, threshold=0)
    assert recharge.run_pass() == 0
    assert stage.refused(team, 1_500 * C // stage.PRICE).code == "balance_too_low"
    assert recharge.run_pass() == 1
    assert posted(team) == 3_000 * C
    assert recharge.run_pass() == 0


@pytest.mark.parametrize("card", [VISA, ASKS])
def test_a_kept_card_pays_while_nobody_looks(world, team, card):
    world.with_card(team, card)
    world.recharging(team)
    assert recharge.attempt(team.pk).kind == "recharge"
    assert recharges(team).get().status == "succeeded"


def test_the_monthly_cap_is_kept(world, team):
    world.with_card(team)
    world.recharging(team, monthly_cap_cents=5_000, threshold=100_000 * C)
    for _ in range(5):
        recharge.run_pass()
    assert recharges(team).count() == 2


def test_without_a_card_it_waits(world, team):
    world.bought(team)
    world.recharging(team)
    assert recharge.attempt(team.pk) is None
    assert not recharges(team).exists()


def test_a_suspended_team_buys_nothing(world, team):
    world.with_card(team)
    world.recharging(team)
    type(team).objects.filter(pk=team.pk).update(suspended_at=stage.now())
    assert recharge.run_pass() == 0


def test_three_declines_in_a_row_switch_it_off_and_each_is_told(world, team):
    world.with_card(team, DECLINES_LATER)
    world.recharging(team)
    for count in (1, 2, 3):
        recharge.run_pass()
        assert recharges(team, status="failed").count() == count
        assert recharge.run_pass() == 0  # not at once again
        later(hours=2)
    row = AutoRecharge.objects.get()
    assert (row.enabled, row.disabled_reason, row.failures) == (False, "declined_too_often", 3)
    assert recharge.run_pass() == 0
    assert posted(team) == 1_000 * C
    assert notices.run_pass() == 4
    subjects = [message.subject for message in mail.outbox]
    failed = "Auto-recharge of Acme did not go through"
    assert subjects == ["Acme has new credit", failed, failed, failed]
    assert "third time" in mail.outbox[-1].body
    assert mail.outbox[0].to == ["ada@acme.example"]
    assert notices.run_pass() == 0
    failed = WebhookEvent.objects.filter(team=team, type=EventType.TOPUP_FAILED)
    assert failed.count() == 3


def test_a_success_forgets_the_failures_before(world, team):
    world.with_card(team)
    world.recharging(team)
    AutoRecharge.objects.update(failures=2)
    recharge.run_pass()
    assert AutoRecharge.objects.get().failures == 0


def test_a_bank_that_asks_for_the_owner_gets_a_mail_with_a_page_to_pay_on(world, team):
    world.with_card(team, ASKS_ALWAYS)
    world.recharging(team)
    recharge.run_pass()
    attempt = recharges(team).get()
    assert (attempt.status, attempt.failure_code) == ("failed", "authentication_required")
    recharge.run_pass()
    assert notices.run_pass() == 2
    message = mail.outbox[-1]
    assert message.subject == "Confirm a payment for Acme"
    order = TopUp.objects.get(token=f"for:{attempt.pk}")
    assert f"https://pay.example/c/pay/{order.checkout_id}" in message.body
    assert world.pay(order, VISA) == "paid"
    world.deliver(*world.waiting())
    assert posted(team) == 3_000 * C
    assert AutoRecharge.objects.get().failures == 0


@pytest.mark.parametrize("fate", ["silent", "broken", "lost", "busy"])
def test_a_call_without_an_answer_is_asked_about_and_charges_once(world, team, fate):
    world.with_card(team)
    world.recharging(team)
    intents = ("POST", "/v1/payment_intents")
    world.transport.fate = lambda m, p: fate if (m, p) == intents else "ok"
    recharge.run_pass()
    assert recharges(team).get().status == "pending"
    assert recharge.attempt(team.pk) is None  # one in flight
    world.transport.fate = lambda m, p: "ok"
    later(minutes=5)
    recharge.run_pass()
    assert recharges(team).get().status == "succeeded"
    assert posted(team) == 3_000 * C
    assert len(list(world.store.all("payment_intent", amount=2_000))) == 1


@pytest.mark.parametrize(("fate", "status"), [("silent", "succeeded"), ("lost", "failed")])
def test_once_the_key_may_be_forgotten_the_payment_is_looked_for(world, team, fate, status):
    world.with_card(team)
    world.recharging(team)
    intents = ("POST", "/v1/payment_intents")
    world.transport.fate = lambda m, p: fate if (m, p) == intents else "ok"
    recharge.run_pass()
    world.store.data["answers"].clear()
    later(hours=25)
    AutoRecharge.objects.update(enabled=False)
    recharge.run_pass()
    assert recharges(team).get().status == status
    made = list(world.store.all("payment_intent", amount=2_000))
    assert len(made) == (1 if status == "succeeded" else 0)


def test_settings_that_make_no_sense_are_refused(world, team):
    for wrong in (
        {"threshold": -1},
        {"amount_cents": 1},
        {"monthly_cap_cents": 1_999},
    ):
        with pytest.raises(AurousError):
            world.recharging(team, **wrong)
    assert not AutoRecharge.objects.exists()
