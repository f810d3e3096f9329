"""Payments as the team sees them: the list, one of them with its history, refunds and disputes."""

import re

import pytest
from django.urls import reverse

from accounts.pages.audit_words import words_of
from billing import payments, recharge, refunds, topups
from billing.models import Debt, PaymentException, TopUp
from billing.pages.payment_words import state_of, why_failed
from billing.refunds import RefundOrder
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.billing.stripe.conftest import world
from tests.billing.stripe.world import ASKS_ALWAYS, DECLINES_LATER
from tests.cast import NOBODY
from tests.pages.browsers import browser_of, browsers_of, queries_of, words
from tests.pages.rows import new_order

__all__ = ["world"]


@pytest.fixture
def url(cast):
    return reverse("billing-payments", args=[cast.acme.id])


def one(topup):
    return reverse("billing-payment", args=[topup.team_id, topup.id])


def statement(team):
    return reverse("billing-statement", args=[team.id])


def refund(topup, cents, token="t", reason="Ordered twice"):
    return refunds.refund(RefundOrder(topup, cents, reason, NOBODY, token))


def spend(team, amount):
    stage.spent(team, amount * CREDIT // stage.PRICE)


def disputed(world, topup, **more):
    found = world.control("disputes", payment_intent=topup.payment_id, **more)
    payments.refresh(topup.pk)
    return found


def shown(browser, url, **query):
    return [line.topup.id for line in browser.get(url, query).context["lines"]]


# --- the list ---------------------------------------------------------------------------------


def test_nothing_was_ordered(world, ada, url):
    text = words(ada.get(url))
    assert "Nothing was ordered yet" in text
    assert "Paid $0.00 0 credits, all time." in text
    assert "Owed 0 Nothing is owed." in text


def test_each_order_says_what_became_of_it(world, ada, cast, url):
    paid = world.bought(cast.acme, 2_500)
    partly, wholly = world.bought(cast.acme, 2_000), world.bought(cast.acme, 1_000)
    refund(partly, 500, "a")
    refund(wholly, 1_000, "b")
    contested = world.bought(cast.acme, 1_100)
    disputed(world, contested)
    dropped = topups.cancel(world.order(cast.acme))
    waiting = world.order(cast.acme)
    answer = ada.get(url)
    states = {line.topup.id: line.state.word for line in answer.context["lines"]}
    assert states == {
        paid.id: "Paid",
        partly.id: "Partly refunded",
        wholly.id: "Refunded",
        contested.id: "Disputed",
        dropped.id: "Not paid",
        waiting.id: "Waiting",
    }
    text = words(answer)
    assert "Paid $66.00 6,600 credits" in text
    assert "Went back $26.00" in text
    assert "$5.00 went back" in text


def test_the_sums_lead_to_the_rows_that_they_are_the_sum_of(world, ada, cast, url):
    paid = [world.bought(cast.acme, 1_000) for _ in range(3)]
    refund(paid[0], 400)
    world.order(cast.acme)
    answer = ada.get(url)
    assert shown(ada, url, state="paid") == [row.id for row in reversed(paid)]
    assert shown(ada, url, state="reversed") == [paid[0].id]
    listed = TopUp.objects.filter(pk__in=shown(ada, url, state="paid"))
    assert answer.context["paid_cents"] == sum(row.paid_cents for row in listed)
    for state in ("paid", "reversed"):
        assert f'href="{url}?state={state}"' in answer.text


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({}, [3, 2, 1, 0]),
        ({"state": "paid"}, [0]),
        ({"state": "open"}, [1]),
        ({"state": "failed"}, [3, 2]),
        ({"kind": "recharge"}, [3]),
        ({"state": "nonsense"}, [3, 2, 1, 0]),
    ],
)
def test_filters(world, ada, cast, url, query, places):
    rows = [
        world.bought(cast.acme),
        world.order(cast.acme),
        topups.cancel(world.order(cast.acme)),
        new_order(cast.acme.id, kind="recharge", status="failed", ordered_by="auto-recharge"),
    ]
    assert shown(ada, url, **query) == [rows[place].id for place in places]


def test_a_filter_that_nothing_fits_says_so(world, ada, cast, url):
    world.order(cast.acme)
    assert "No payment fits these filters" in words(ada.get(url, {"state": "paid"}))


def test_pages_have_no_hole(world, ada, cast, url):
    made = [new_order(cast.acme.id).id for _ in range(60)]
    found, at = [], url
    while at:
        answer = ada.get(at)
        found += [line.topup.id for line in answer.context["lines"]]
        more = re.search(r'rel="next" href="(\?[^"]*)"', answer.text)
        at = url + more[1].replace("&amp;", "&") if more else None
    assert found == list(reversed(made))


def test_many_payments_take_as_many_queries(world, ada, cast, url):
    refund(world.bought(cast.acme), 100, "first")
    ada.get(url)
    before = queries_of(ada, url)
    for number in range(8):
        refund(world.bought(cast.acme), 100, f"t{number}")
    assert queries_of(ada, url) == before <= 16


def test_everybody_sees_them_and_nobody_anothers(world, cast, url):
    topup = world.bought(cast.acme)
    for browser in browsers_of(cast).values():
        assert topup.id in browser.get(url).text
        assert browser.get(one(topup)).status_code == 200
    cleo = browser_of(cast.cleo)
    theirs = reverse("billing-payments", args=[cast.cleos.id])
    assert topup.id not in cleo.get(theirs).text
    assert cleo.get(one(topup)).status_code == 404


# --- one of them --------------------------------------------------------------------------------


def story(answer):
    return [event.title for event in answer.context["history"].events]


def test_from_the_order_to_the_line_in_the_ledger(world, ada, cast):
    topup = world.bought(cast.acme, 2_500)
    answer = ada.get(one(topup))
    assert story(answer) == [
        "Aurous ordered 2,500 credits for $25.00",
        "$25.00 was paid, and credited",
    ]
    (line,) = answer.context["history"].lines
    assert line.reference == f"topup:{topup.id}"
    assert f'href="#{line.id}"' in answer.text
    assert f'<tr id="{line.id}">' in answer.text


def test_tax_is_told_apart(world, ada, cast):
    topup = world.order(cast.acme, 2_000)
    session = world.store.get("checkout.session", topup.checkout_id)
    session["amount_total"] = 2_380
    world.pay(topup)
    payments.refresh(topup.pk)
    text = words(ada.get(one(topup)))
    assert "$23.80 was paid, and credited $3.80 of it is tax." in text
    assert "Paid $23.80 with $3.80 of tax" in text


def test_an_order_that_waits_can_be_paid_or_dropped_by_who_may(world, cast):
    topup = world.order(cast.acme)
    for role, browser in browsers_of(cast).items():
        text = words(browser.get(one(topup)))
        may = role in {"owner", "admin", "billing"}
        assert ("Go on to payment" in text) is may
        assert ("Who looks after the team’s money can pay or drop it" in text) is not may


def test_a_refund_is_told_here_and_in_the_statement(world, ada, cast):
    topup = world.bought(cast.acme, 2_500)
    refund(topup, 1_000, reason="Ordered twice")
    answer = ada.get(one(topup))
    assert story(answer)[2:] == ["A refund of $10.00 began", "1,000 credits were taken with it"]
    text = words(answer)
    assert "Ordered twice" in text
    assert "Refund of $10.00 Refunded The money is on its way back." in text
    lines = ada.get(statement(cast.acme))
    assert "Refund A refund of $10.00 took the credit that it had bought" in words(lines)
    assert "Top-up Credit was bought for $25.00" in words(lines)
    assert lines.text.count(f'href="{one(topup)}"') == 2


def test_a_refund_that_fails_gives_back(world, ada, cast):
    topup = world.bought(cast.acme, 2_500)
    row = refund(topup, 2_500)
    world.control("refunds/fail", refund=row.stripe_id)
    payments.refresh(topup.pk)
    answer = ada.get(one(topup))
    assert story(answer)[-1] == "2,500 credits came back"
    assert answer.context["state"].word == "Paid"
    assert "Refund failed" in words(answer)
    told = "A refund of $25.00 did not go through, so its credit came back"
    assert told in words(ada.get(statement(cast.acme)))


@pytest.mark.parametrize(
    ("outcome", "word", "line"),
    [
        ("won", "Dispute won", "A dispute over $25.00 was won, so its credit came back"),
        ("lost", "Dispute lost", "A payment was disputed, so the bank took $25.00"),
    ],
)
def test_a_dispute_and_how_it_ends(world, ada, cast, outcome, word, line):
    topup = world.bought(cast.acme, 2_500)
    found = disputed(world, topup)
    answer = ada.get(one(topup))
    assert answer.context["state"].word == "Disputed"
    assert story(answer)[2:] == ["The bank disputed $25.00", "2,500 credits were taken with it"]
    world.control("disputes/close", dispute=found["id"], outcome=outcome)
    payments.refresh(topup.pk)
    assert word in words(ada.get(one(topup)))
    assert line in words(ada.get(statement(cast.acme)))


def test_an_inquiry_takes_nothing(world, ada, cast):
    topup = world.bought(cast.acme, 2_500)
    disputed(world, topup, inquiry=True)
    answer = ada.get(one(topup))
    assert story(answer)[2:] == ["The bank asked about $25.00"]
    assert "Bank asks" in words(answer)
    assert "No credit was taken." in words(answer)


def test_a_debt_and_what_pays_it(world, ada, cast, url):
    topup = world.bought(cast.acme, 2_000)
    spend(cast.acme, 1_500)
    refund(topup, 2_000)
    debt = Debt.objects.get()
    assert debt.remaining == 1_500 * CREDIT
    answer = ada.get(one(topup))
    assert story(answer)[-1] == "1,500 credits had been spent already, and are owed"
    assert "Owed 1,500 credits $15.00." in words(ada.get(url))
    assert f'href="{one(topup)}"' in ada.get(url).text.split('id="owed"')[1]
    form = reverse("billing-topup", args=[cast.acme.id])
    assert "1,500 credits are owed, and are paid from it first." in words(ada.get(form))
    assert "Available after it 1,000 credits" in words(ada.get(form))
    later = world.bought(cast.acme, 2_500)
    assert story(ada.get(one(later)))[-1] == "1,500 credits of it paid what the team owed"
    assert story(ada.get(one(topup)))[-1] == "1,500 credits that came in paid what was owed"
    assert "Owed 0 Nothing is owed." in words(ada.get(url))
    assert "Paid what was owed for a refund of $20.00" in words(ada.get(statement(cast.acme)))


def test_as_many_queries_for_many_refunds_as_for_one(world, ada, cast):
    topup = world.bought(cast.acme, 2_500)
    refund(topup, 100, "first")
    ada.get(one(topup))
    before = queries_of(ada, one(topup)), queries_of(ada, statement(cast.acme))
    for number in range(6):
        refund(topup, 100, f"t{number}")
    assert (queries_of(ada, one(topup)), queries_of(ada, statement(cast.acme))) == before
    assert before[0] <= 16
    assert before[1] <= 15


def test_a_card_whose_bank_wants_its_owner_leads_to_the_page_to_pay_on(world, ada, cast):
    world.with_card(cast.acme, ASKS_ALWAYS)
    world.recharging(cast.acme)
    failed = recharge.attempt(cast.acme.id)
    recharge.run_pass()
    answer = ada.get(one(failed))
    assert "The bank wants the card’s owner to confirm the payment." in words(answer)
    order = TopUp.objects.get(token=f"for:{failed.id}")
    assert f'href="{one(order)}"' in answer.text
    session = world.store.get("checkout.session", order.checkout_id)
    assert session["success_url"].endswith(f"/payments/{order.id}/done")
    world.pay(order)
    payments.refresh(order.pk)
    assert "It was paid by hand instead." in words(ada.get(one(failed)))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("insufficient_funds", "There was not enough money on the card."),
        ("a_new_word", "The bank’s word for it is “a new word”."),
        ("", ""),
    ],
)
def test_why_a_payment_failed(code, told):
    assert why_failed(TopUp(status="failed", failure_code=code)) == told


def test_an_attempt_that_runs_is_told_apart_from_an_order_that_waits():
    assert state_of(TopUp(status="pending", kind="recharge")).word == "Charging"
    assert state_of(TopUp(status="pending", kind="checkout")).word == "Waiting"
    assert state_of(TopUp(status="processing", kind="checkout")).word == "On its way"


# --- attention ------------------------------------------------------------------------------------


def sentences(browser, cast):
    overview = browser.get(f"/t/{cast.acme.id}/").context["figures"].notices
    mine = [one.sentence for one in overview]
    told = [
        one.sentence
        for one in browser.get(reverse("billing", args=[cast.acme.id])).context["notices"]
    ]
    assert set(told) <= set(mine)
    return told


def test_the_overview_tells_what_about_payments_needs_attention(world, ada, cast):
    stage.grant(cast.acme, 100_000 * CREDIT)
    assert sentences(ada, cast) == []
    world.order(cast.acme, 1_500)
    assert sentences(ada, cast) == ["An order of $15.00 of credit waits to be paid."]
    slow = world.order(cast.acme, 2_500)
    world.control("checkouts/pay_later", checkout=slow.checkout_id)
    payments.refresh(slow.pk)
    assert sentences(ada, cast)[0].startswith("A payment of $25.00 is on its way.")
    disputed(world, world.bought(cast.acme, 1_000))
    assert sentences(ada, cast)[0] == "A payment of $10.00 is disputed; its credit was taken."


def test_a_debt_and_a_recharge_that_failed_need_attention(world, ada, cast):
    topup = world.with_card(cast.acme, DECLINES_LATER, cents=2_000)
    spend(cast.acme, 2_000)
    refund(topup, 2_000)
    world.recharging(cast.acme)
    recharge.attempt(cast.acme.id)
    assert sentences(ada, cast) == [
        "2,000 credits are owed. The next credit that is bought pays them.",
        "Auto-recharge of $20.00 did not go through.",
    ]


def test_many_orders_and_disputes_are_told_together(world, ada, cast):
    for _ in range(5):
        world.order(cast.acme)
        disputed(world, world.bought(cast.acme))
    told = sentences(ada, cast)
    assert told[3] == "2 more payments are disputed."
    assert told[-1] == "More orders wait to be paid."
    assert len(told) == 8


def test_a_team_that_was_frozen_is_told_why(world, ada, cast):
    topup = world.bought(cast.acme)
    world.control("fraud_warnings", payment_intent=topup.payment_id)
    world.deliver(*world.waiting())
    assert PaymentException.objects.filter(kind="fraud_warning").exists()
    told = words(ada.get(reverse("billing", args=[cast.acme.id])))
    assert (
        "This team is suspended. Every request of its keys is refused. A payment is being" in told
    )
    assert "The operator says" not in told


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("topup.ordered", "Ordered credit"),
        ("topup.refunded", "Refunded the payment"),
        ("auto_recharge.set", "Set auto-recharge"),
        ("promo_code.redeemed", "Used a promo code"),
        ("card.forgotten", "Took back the card that was kept"),
    ],
)
def test_the_audit_log_has_words_for_it(action, told):
    assert words_of(action) == told


def test_the_audit_log_leads_to_the_payment_and_finds_it_among_money(world, ada, cast):
    topup = world.order(cast.acme)
    page = ada.get(reverse("audit", args=[cast.acme.id]), {"group": "money"})
    link = f"/t/{cast.acme.id}/find?q={topup.id}"
    assert f'href="{link}"' in page.text
    assert ada.get(link)["Location"] == one(topup)
