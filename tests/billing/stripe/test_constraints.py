"""The database has the last word about orders, reversals and debts: a raw cursor hears it."""

import pytest
from django.db import IntegrityError, transaction

from billing import promo_codes, recharge, refunds
from billing.models import PromoCode, PromoRedemption, TopUp
from billing.refunds import RefundOrder
from tests.billing import stage
from tests.cast import NOBODY

C = stage.CREDIT


@pytest.fixture
def happened(world, team):
    """One of everything."""
    world.topup = world.with_card(team)
    world.other = world.bought(team)
    stage.spent(team, 1_900 * C // stage.PRICE)
    refunds.refund(RefundOrder(world.topup, 500, "x", NOBODY, "one"))
    refunds.refund(RefundOrder(world.other, 10, "x", NOBODY, "two"))
    world.recharging(team, threshold=0)
    world.deliver(*world.waiting())
    promo_codes.create("WELCOME", C, actor=NOBODY, redemptions_max=5)
    promo_codes.redeem(team, "welcome", actor=NOBODY)
    return world


REFUSED = {
    "credited without a grant": "UPDATE billing_topup SET grant_id = NULL",
    "not credited with a grant": "UPDATE billing_topup SET status = 'failed'",
    "credited for less than ordered": "UPDATE billing_topup SET paid_cents = amount_cents - 1",
    "an order of nothing": "UPDATE billing_topup SET amount_cents = 0, paid_cents = 0",
    "an order of negative credit": "UPDATE billing_topup SET credits = -1",
    "one payment of two orders": "UPDATE billing_topup SET payment_id = 'pi_same'",
    "one page of two orders": "UPDATE billing_topup SET checkout_id = 'cs_same'",
    "one grant of two orders": (
        "UPDATE billing_topup SET grant_id = (SELECT MAX(id) FROM billing_grant)"
    ),
    "one refund twice": "UPDATE billing_reversal SET stripe_id = 're_same'",
    "one intention twice": "UPDATE billing_reversal SET token = 'same'",
    "a refund that nobody knows": "UPDATE billing_reversal SET stripe_id = NULL, token = NULL",
    "a refund of nothing": "UPDATE billing_reversal SET amount_cents = 0",
    "a debt below nothing": "UPDATE billing_debt SET remaining = -1",
    "a debt that grows": "UPDATE billing_debt SET remaining = amount + 1",
    "a handled event that is due": "UPDATE billing_stripeevent SET due_at = received_at",
    "a cap that allows nothing": "UPDATE billing_autorecharge SET monthly_cap_cents = 1",
    "a threshold below nothing": "UPDATE billing_autorecharge SET threshold = -1",
    "a code used too often": "UPDATE billing_promocode SET redemptions = 6",
    "a code worth nothing": "UPDATE billing_promocode SET credits = 0",
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(happened, what):
    table = REFUSED[what].split()[1]
    assert stage.sql(f"SELECT COUNT(*) FROM {table}")[0][0] > 0
    with pytest.raises(IntegrityError), transaction.atomic():
        stage.sql(REFUSED[what])


def test_a_second_recharge_in_flight_is_refused(world, team):
    world.with_card(team)
    world.recharging(team)
    world.transport.fate = lambda method, path: "lost"
    first = recharge.attempt(team.pk)
    assert first.status == "pending"
    with pytest.raises(IntegrityError), transaction.atomic():
        recharge.new_topup(team.pk, 2_000, TopUp.Kind.RECHARGE, ordered_by="a bug")
    assert TopUp.objects.filter(kind="recharge").count() == 1


def test_a_second_use_of_a_code_by_a_team_is_refused(happened, team):
    use = PromoRedemption.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        PromoRedemption.objects.create(
            code=PromoCode.objects.get(), team=team, grant=use.grant, redeemed_at=stage.now()
        )
