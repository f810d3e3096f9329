"""Stripe is down, slow, busy, or answers twice, at every call of a top-up, a recharge and a refund.

Five hundred runs, each with its own luck; then the storm is over, the sweep and the passes run, and
every cent that Stripe has is credited once, and no credit stands without its cent (F12).
"""

import random
from datetime import timedelta

import pytest
from django.db import connection

from aurous.kernel.errors import AurousError
from billing import payment_exceptions, recharge, refunds, stripe_inbox, stripe_sweep, topups
from billing.gateway.base import GatewayError
from billing.models import AutoRecharge, StripeEvent, TopUp
from billing.refunds import RefundOrder
from tests.billing import stage
from tests.billing.stripe.world import DECLINES_LATER, URLS, VISA, World, debt
from tests.cast import NOBODY
from tests.settings import ON_SQLITE

RUNS = 500
FATES = ["ok", "ok", "lost", "silent", "twice", "busy", "broken"]
pytestmark = pytest.mark.django_db


def in_trouble(call):
    """A person, or a pass, whose call may find the provider away."""
    try:
        return call()
    except (AurousError, GatewayError):
        return None


def storm(world, team, chance):
    """Everything that people and passes do, while Stripe has a bad day."""
    world.transport.fate = lambda method, path: chance.choice(FATES)
    token = f"form-{chance.random()}"
    for _ in range(2):  # people press buttons twice
        in_trouble(
            lambda: topups.begin(team, 1_000, actor=NOBODY, token=token, **URLS, save_card=True)
        )
    for session in list(world.store.all("checkout.session")):
        world.control("checkouts/pay", checkout=session["id"], card=world.card)
    for topup in TopUp.objects.filter(team=team):
        in_trouble(lambda topup=topup: topups.fulfil(topup.pk))
    for _ in range(2):
        in_trouble(lambda: recharge.attempt(team.pk))
    some_webhooks(world, chance)


def refund_in_a_storm(world, team, chance):
    """Likewise of a refund, asked for twice."""
    world.transport.fate = lambda method, path: chance.choice(FATES)
    paid = TopUp.objects.filter(team=team, status="succeeded").first()
    order = RefundOrder(paid, 100, "a reason", NOBODY, f"refund-{paid.pk}")
    for _ in range(2):
        in_trouble(lambda: refunds.refund(order))
    some_webhooks(world, chance)


def some_webhooks(world, chance):
    """In any order; of the others nobody hears."""
    events = world.waiting()
    chance.shuffle(events)
    world.deliver(*events[: len(events) // 2])


def calm(world):
    """The next hour."""
    world.transport.fate = lambda method, path: "ok"
    StripeEvent.objects.filter(handled_at=None).update(due_at=stage.now())
    TopUp.objects.update(created_at=stage.now() - timedelta(hours=1))
    stripe_inbox.run_pass()
    stripe_sweep.sweep()
    recharge.run_pass()


def received_cents(world):
    """What Stripe has: all that was charged, less what was refunded."""
    lines = world.store.all("balance_transaction")
    return sum(line["amount"] for line in lines)


@pytest.mark.skipif(not ON_SQLITE, reason="blown in the SQLite pass of the suite, which is quicker")
def test_500_storms_charge_nobody_twice_and_lose_no_credit(settings, monkeypatch):
    settings.STRIPE_SECRET_KEY = "sk_test_local"
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_of_the_tests"]
    chance = random.Random(20_261_130)
    seen = {"charged": 0, "recharged": 0, "refunded": 0, "failed": 0}
    for run in range(RUNS):
        point = connection.savepoint()
        world, team = World(), stage.a_team()
        world.card = chance.choice([VISA, VISA, VISA, DECLINES_LATER])
        monkeypatch.setattr("billing.gateway._gateway", lambda *_, world=world: world.gateway)
        world.recharging(team, monthly_cap_cents=2_000)
        storm(world, team, chance)
        calm(world)
        if chance.random() < 0.5 and TopUp.objects.filter(team=team, status="succeeded").exists():
            refund_in_a_storm(world, team, chance)
            calm(world)
        AutoRecharge.objects.update(enabled=False)
        cents = received_cents(world)
        assert stage.standing(team) == (cents * stage.CREDIT, 0), run
        assert debt(team) == 0
        charges = list(world.store.all("charge"))
        orders = [charge["metadata"]["topup"] for charge in charges]
        assert len(orders) == len(set(orders)), "an order was charged twice"
        assert sum(c["amount"] == 2_000 for c in charges) <= 1
        seen["charged"] += len(charges)
        seen["recharged"] += sum(c["amount"] == 2_000 for c in charges)
        seen["refunded"] += sum(1 for _ in world.store.all("refund"))
        seen["failed"] += TopUp.objects.filter(team=team, status="failed").count()
        assert payment_exceptions.measure() == 0
        if run % 50 == 0:
            assert stage.complaints() == {}
        connection.savepoint_rollback(point)
    assert all(count > 20 for count in seen.values()), seen
