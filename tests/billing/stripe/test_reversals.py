"""Refunds and disputes: the credit goes with the money, and debts where it was spent (F10)."""

import pytest

from aurous.kernel.errors import AurousError
from billing import payments, refunds
from billing.models import Account, Debt, Notice, Reversal
from billing.payment_state import read
from billing.refunds import RefundOrder
from tests.billing import stage
from tests.billing.stripe.world import books, debt, net
from tests.cast import NOBODY

C = stage.CREDIT


def refund(topup, cents, token="t", reason="Asked for it"):
    return refunds.refund(RefundOrder(topup, cents, reason, NOBODY, token))


def posted(team):
    return stage.standing(team)[0]


def spend(team, amount):
    stage.spent(team, amount * C // stage.PRICE)


@pytest.fixture
def team(db):
    return stage.a_team()


def test_a_part_and_then_the_rest_is_refunded_and_no_more(world, team):
    topup = world.bought(team)
    assert refund(topup, 300, "one").effect == "taken"
    assert posted(team) == 700 * C
    assert refund(topup, 700, "two").effect == "taken"
    assert posted(team) == 0
    with pytest.raises(AurousError, match=r"At most \$0.00"):
        refund(topup, 1, "three")
    assert stage.kinds(team) == ["top_up", "refund", "refund"]


def test_a_double_click_refunds_once(world, team):
    topup = world.bought(team)
    first, again = refund(topup, 300, "same"), refund(topup, 300, "same")
    assert first.pk == again.pk
    assert len(world.gateway.refunds_of(topup.payment_id)) == 1
    assert posted(team) == 700 * C


def test_a_refund_takes_from_the_grant_that_it_bought_first(world, team):
    older, topup = world.bought(team), world.bought(team)
    promo = stage.grant(team, 50 * C)
    refund(topup, 400)
    assert stage.remaining(older.grant_id, topup.grant_id, promo) == [1_000 * C, 600 * C, 50 * C]


def test_a_refund_without_a_reason_or_of_nothing_is_refused(world, team):
    topup = world.bought(team)
    for cents, reason in ((100, " "), (0, "x"), (-5, "x"), (1_001, "x")):
        with pytest.raises(AurousError):
            refund(topup, cents, f"{cents}", reason)
    assert not Reversal.objects.exists()


@pytest.mark.parametrize("fate", ["lost", "silent", "broken"])
def test_a_refund_without_an_answer_is_found_out_about(world, team, fate):
    topup = world.bought(team)
    world.transport.fate = lambda m, p: fate if (m, p) == ("POST", "/v1/refunds") else "ok"
    with pytest.raises(AurousError) as away:
        refund(topup, 300, "t")
    assert away.value.code == "provider_unavailable"
    world.transport.fate = lambda m, p: "ok"
    assert refunds.resume() == 1
    assert Reversal.objects.get().effect == "taken"
    assert posted(team) == 700 * C
    assert len(world.gateway.refunds_of(topup.payment_id)) == 1


def test_a_refund_that_stripe_refuses_takes_nothing(world, team):
    topup = world.bought(team)
    world.gateway.create_refund(topup.payment_id, 900, reversal_id="", key="elsewhere")
    row = refund(topup, 300)
    assert (row.effect, row.stripe_status) == ("returned", "amount_too_large")
    assert posted(team) == 100 * C


def test_a_refund_that_fails_gives_the_credit_back(world, team):
    topup = world.bought(team)
    row = refund(topup, 300)
    world.control("refunds/fail", refund=row.stripe_id)
    payments.refresh(topup.pk)
    payments.refresh(topup.pk)
    assert posted(team) == 1_000 * C
    assert stage.kinds(team) == ["top_up", "refund", "refund"]


def test_spent_credit_becomes_a_debt_that_the_next_top_up_pays_first(world, team):
    topup = world.bought(team)
    spend(team, 900)
    refund(topup, 600)
    assert (posted(team), debt(team)) == (0, 500 * C)
    (notice,) = Notice.objects.filter(kind="reversal")
    assert '"debt":"500"' in notice.data
    world.bought(team, 1_000)
    assert (posted(team), debt(team)) == (500 * C, 0)
    assert net(team)["refund"] == -600 * C


def test_a_debt_larger_than_a_top_up_is_paid_by_several(world, team):
    topup = world.bought(team, 5_000)
    spend(team, 5_000)
    refund(topup, 2_500)
    world.bought(team, 1_000)
    assert (posted(team), debt(team)) == (0, 1_500 * C)
    world.bought(team, 2_000)
    assert (posted(team), debt(team)) == (500 * C, 0)


def test_a_gift_does_not_pay_a_debt(world, team):
    topup = world.bought(team)
    spend(team, 1_000)
    refund(topup, 500)
    stage.grant(team, 100 * C)
    assert (posted(team), debt(team)) == (100 * C, 500 * C)


def test_what_requests_hold_is_not_taken(world, team):
    topup = world.bought(team)
    taken = stage.running(team, 900 * C // stage.PRICE)
    refund(topup, 1_000)
    assert stage.standing(team) == (900 * C, 900 * C)
    assert debt(team) == 900 * C
    stage.settle(taken, team, 900 * C // stage.PRICE)
    assert stage.standing(team) == (0, 0)


@pytest.mark.parametrize(("floor", "left", "owed"), [(200, 200, 300), (-200, 0, 100), (0, 0, 100)])
def test_the_balance_goes_to_the_floor_and_no_credit_is_taken_that_is_not_there(
    world, team, floor, left, owed
):
    topup = world.bought(team)
    spend(team, 600)
    Account.objects.filter(pk=team.pk).update(floor=floor * C)
    refund(topup, 500)
    assert (posted(team), debt(team)) == (left * C, owed * C)


def test_a_refund_that_fails_after_it_became_a_debt_cancels_the_debt(world, team):
    topup = world.bought(team)
    spend(team, 900)
    row = refund(topup, 600)
    world.control("refunds/fail", refund=row.stripe_id)
    payments.refresh(topup.pk)
    assert (posted(team), debt(team)) == (100 * C, 0)
    assert Debt.objects.get().amount == 500 * C


def test_an_inquiry_moves_nothing_and_one_that_ends_moves_nothing(world, team):
    topup = world.bought(team)
    dispute = world.control("disputes", payment_intent=topup.payment_id, inquiry=True)["id"]
    payments.refresh(topup.pk)
    world.control("disputes/close", dispute=dispute, outcome="lost")
    payments.refresh(topup.pk)
    assert posted(team) == 1_000 * C
    assert Reversal.objects.get().stripe_status == "warning_closed"
    assert stage.kinds(team) == ["top_up"]


@pytest.mark.parametrize(("outcome", "left"), [("lost", 600), ("won", 1_000)])
def test_a_dispute_takes_when_the_money_is_withdrawn_and_gives_back_when_won(
    world, team, outcome, left
):
    topup = world.bought(team)
    made = world.control("disputes", payment_intent=topup.payment_id, amount=400)
    payments.refresh(topup.pk)
    assert posted(team) == 600 * C
    assert Notice.objects.get(kind="reversal")
    world.control("disputes/close", dispute=made["id"], outcome=outcome)
    payments.refresh(topup.pk)
    assert posted(team) == left * C


def test_an_old_state_that_comes_late_changes_nothing(world, team):
    topup = world.bought(team)
    row = refund(topup, 300)
    old = read(topup)
    world.control("refunds/fail", refund=row.stripe_id)
    payments.refresh(topup.pk)
    before = books(team)
    payments.apply(topup, old)
    assert books(team) == before


def test_the_tax_goes_back_with_the_money_and_takes_no_credit(world, team):
    topup = world.order(team)
    session = world.store.get("checkout.session", topup.checkout_id)
    session["amount_total"] = 1_190
    world.pay(topup)
    topup = payments.refresh(topup.pk)
    assert (topup.status, topup.paid_cents, posted(team)) == ("succeeded", 1_190, 1_000 * C)
    refund(topup, 595, "half")
    assert posted(team) == 500 * C
    refund(topup, 595, "rest")
    assert posted(team) == 0
