"""Buying credit in a browser, from the billing page to Stripe's and back; and what comes later."""

import re

import pytest
from django.db import transaction

from accounts import members
from accounts.models import Role
from billing import payments, recharge, refunds
from billing.access import auto_recharge_of, topups_of
from billing.models import TopUp
from billing.refunds import RefundOrder
from tests.browser.shop import shop, wide
from tests.cast import NOBODY, PASSWORD, person
from tests.embeddings.api.stage import customer

__all__ = ["shop", "wide"]


@pytest.fixture
def acme(transactional_db):
    return customer(name="Acme")


@pytest.fixture
def ada(acme):
    someone = person(f"ada-{acme.key_id.lower()}@acme.example")
    with transaction.atomic():
        members.add(acme.team, someone, Role.OWNER, actor=NOBODY)
    return someone


def order(at, team, amount="$50.00", own=""):
    """From the billing page to Stripe's."""
    at.go(f"/t/{team.id}/billing")
    at.hands.follow("Add credit")
    at.sees("Play money.")
    at.hands.tick(amount)
    if own:
        at.hands.fill("Amount in dollars", own)
    at.hands.press("Go on to payment")
    at.page.wait_for_url("**/c/pay/**")


def pay(at, card="4242 4242 4242 4242"):
    at.hands.fill("Card number", card)
    at.hands.press("Pay")


def test_credit_is_bought_with_a_card(acme, ada, begin, shop):
    at = shop.opened_by(begin(ada))
    order(at, acme.team)
    pay(at)
    at.page.wait_for_url("**/done**")
    at.sees("5,000 credits were added")
    assert acme.credits == 5_001
    if at.mode.scripts:  # axe-core is one
        assert at.visit.faults() == []
    at.hands.follow("Go to billing")
    at.sees("Top-up of $50.00")


def test_an_own_amount_a_card_that_is_declined_and_one_whose_bank_asks(acme, ada, wide):
    at = wide(ada)
    order(at, acme.team, "Another", "12.34")
    pay(at, "4000 0000 0000 0002")
    at.sees("Your card was declined.")
    pay(at, "4000 0025 0000 3155")
    at.sees("Your bank asks")
    at.hands.press("Fail")
    at.sees("We are unable to authenticate")
    assert acme.credits == 1
    pay(at, "4000 0025 0000 3155")
    at.hands.press("Complete")
    at.sees("1,234 credits were added")
    assert acme.credits == 1_235


def test_the_form_tells_what_an_own_amount_gives_while_it_is_written(acme, ada, wide):
    at = wide(ada)
    at.go(f"/t/{acme.team.id}/billing/top-up")
    field = at.page.get_by_label("Amount in dollars")
    field.fill("77.70")
    at.page.locator("#gives").get_by_text("7,770 credits").wait_for()
    assert at.page.get_by_label(re.compile("^Another")).is_checked()
    at.hands.tick("$10.00")
    at.page.locator("#gives").get_by_text("1,000 credits").wait_for()
    assert field.input_value() == ""


def test_who_leaves_stripes_page_goes_on_or_drops_the_order(acme, ada, wide):
    at = wide(ada)
    order(at, acme.team, "$10.00")
    at.page.get_by_role("link", name="Back").click()
    at.sees("You came back without paying.")
    assert at.visit.faults() == []
    at.hands.press("Go on to payment")
    at.page.wait_for_url("**/c/pay/**")
    at.page.get_by_role("link", name="Back").click()
    at.hands.press("Drop the order")
    at.sees("The order was dropped.")
    assert topups_of(acme.team.id).get().status == TopUp.Status.EXPIRED
    assert acme.credits == 1


def test_money_that_arrives_later_is_credited_while_the_page_waits(acme, ada, wide, shop):
    at = wide(ada)
    order(at, acme.team, "$10.00")
    topup = topups_of(acme.team.id).get()
    at.go(f"/t/{acme.team.id}/billing/payments/{topup.id}/done")
    at.sees("Waiting for the payment")
    shop.control("checkouts/pay", checkout=topup.checkout_id, card="4242424242424242")
    at.sees("1,000 credits were added")
    assert at.visit.faults() == []


def test_auto_recharge_is_switched_on_and_buys(acme, ada, wide):
    at = wide(ada)
    at.go(f"/t/{acme.team.id}/billing/top-up?amount=1000&keep=1")
    at.hands.press("Go on to payment")
    pay(at)
    at.sees("The card is kept.")
    at.hands.follow("Set up auto-recharge")
    assert auto_recharge_of(acme.team.id) is None
    at.hands.tick("Buy credit by itself")
    at.hands.fill("When the balance is below", "5,000")
    at.hands.fill("Buy for", "20")
    at.hands.fill("At most in a month", "60")
    at.hands.press("Save auto-recharge")
    at.sees("Is it you?")
    at.hands.fill("Password", PASSWORD)
    at.hands.press("Continue")
    at.sees("at most $60.00 a month")
    assert recharge.run_pass() == 1
    at.page.reload()
    at.sees("Auto-recharge of $20.00")
    at.sees("$40.00 are left")
    assert acme.credits == 3_001
    assert at.visit.faults() == []


def test_a_refund_and_a_dispute_are_seen_in_the_statement(acme, ada, wide, shop):
    at = wide(ada)
    for amount in ("$10.00", "$25.00"):
        order(at, acme.team, amount)
        pay(at)
        at.sees("credits were added")
    refunded, disputed = topups_of(acme.team.id).order_by("id")
    refunds.refund(RefundOrder(refunded, 400, "Ordered twice", NOBODY, f"of {refunded.id}"))
    shop.control("disputes", payment_intent=disputed.payment_id)
    payments.refresh(disputed.pk)
    at.go(f"/t/{acme.team.id}/billing/statement")
    at.sees("A refund of $4.00 took the credit that it had bought")
    at.hands.follow("A payment was disputed")
    at.sees("The card’s owner disputes this payment")
    assert at.visit.faults() == []
    at.go(f"/t/{acme.team.id}/")
    at.sees("A payment of $25.00 is disputed")
    assert acme.credits == 601
