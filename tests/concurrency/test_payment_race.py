"""Webhook, success page and sweep find the same payment at the same moment: one effect."""

from functools import partial

import pytest
from django.db import connection

from billing import payments, stripe_inbox, topups
from billing.models import StripeEvent, TopUp
from tests.billing import stage
from tests.billing.stripe.world import books
from tests.concurrency.crowd import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_everybody_who_looks_at_once_credits_once(world):
    team = stage.a_team()
    topup = world.order(team)
    world.pay(topup)
    for event_id in world.waiting():
        stripe_inbox.receive(*world.message(event_id))
    ids = list(StripeEvent.objects.values_list("pk", flat=True))
    calls = [partial(topups.fulfil, topup.pk)] * 3 + [stripe_inbox.run_pass] * 2
    calls += [partial(stripe_inbox.handle, event_id) for event_id in ids]
    answers = at_once(calls)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert stage.standing(team) == (1_000 * stage.CREDIT, 0)
    assert stage.kinds(team) == ["top_up"]
    assert stage.complaints() == {}


def test_refunds_and_disputes_that_are_read_at_once_are_taken_once(world):
    team = stage.a_team()
    topup = world.bought(team)
    stage.spent(team, 900 * stage.CREDIT // stage.PRICE)
    for number in range(3):
        world.gateway.create_refund(topup.payment_id, 100, reversal_id="", key=f"r{number}")
    world.control("disputes", payment_intent=topup.payment_id, amount=500)
    answers = at_once([partial(payments.refresh, topup.pk)] * 6)
    connection.close()
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    assert books(team)["standing"] == (0, 0)
    assert books(team)["debt"] == 700 * stage.CREDIT
    assert TopUp.objects.get(pk=topup.pk).reversals.count() == 4
    assert stage.complaints() == {}
