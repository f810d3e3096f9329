"""Auto-recharge in a browser: off until ticked, capped in words, with what it did and why not."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from billing import recharge, recharge_settings
from billing.access import auto_recharge_of, has_kept_card
from billing.models import AutoRecharge, TopUp
from billing.pages.recharge_form import sentence_of, written
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.billing.stripe.conftest import world
from tests.billing.stripe.world import DECLINES_LATER
from tests.pages.browsers import browser_of, browsers_of, queries_of, words
from tests.pages.rows import new_order

__all__ = ["world"]
CHOICE = {"threshold": "500", "amount_cents": "25", "monthly_cap_cents": "200"}


@pytest.fixture
def page(cast):
    return reverse("billing-recharge", args=[cast.acme.id])


@pytest.fixture
def fresh(cast):
    """Ada's browser, a moment after she showed her password."""
    return browser_of(cast.ada, fresh=True)


def test_it_is_off_and_unticked_until_somebody_ticks_it(world, ada, cast, page):
    answer = ada.get(page)
    assert "Off. Nobody has switched it on yet." in words(answer)
    assert "checked" not in answer.text.split('name="enabled"')[1].split(">")[0]
    ada.post(page, CHOICE)
    row = auto_recharge_of(cast.acme.id)
    assert (row.enabled, row.threshold, row.amount_cents, row.monthly_cap_cents) == (
        False,
        500 * CREDIT,
        2_500,
        20_000,
    )


def test_switching_it_on_asks_who_it_is_and_switching_it_off_does_not(world, ada, cast, page):
    answer = ada.post(page, CHOICE | {"enabled": "on"})
    assert "reauthenticate" in answer["Location"]
    assert auto_recharge_of(cast.acme.id) is None
    fresh = browser_of(cast.ada, fresh=True)
    assert fresh.post(page, CHOICE | {"enabled": "on"})["Location"] == page
    assert auto_recharge_of(cast.acme.id).enabled
    ada.post(page, CHOICE)
    assert not auto_recharge_of(cast.acme.id).enabled
    assert AuditEvent.objects.filter(action="auto_recharge.set").count() == 2


def test_what_it_does_is_told_in_words(world, fresh, page):
    text = words(fresh.post(page, CHOICE | {"enabled": "on"}, follow=True))
    assert "Buys $25.00 of credit when the balance is below 500 credits ($5.00)" in text
    assert "at most $200.00 a month. That is 8 times a month at most." in text
    assert "$0.00 of $200.00" in text


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"threshold": "-1"}, "threshold", "A threshold is not negative."),
        ({"threshold": "x"}, "threshold", "Give a number of credits"),
        ({"amount_cents": "4"}, "amount_cents", "An amount is between $5.00 and $10,000.00."),
        ({"amount_cents": "1,5"}, "amount_cents", "Write dollars"),
        ({"monthly_cap_cents": "24"}, "monthly_cap_cents", "must allow one recharge at least"),
        ({"monthly_cap_cents": ""}, "monthly_cap_cents", "This field is required."),
    ],
)
def test_a_choice_that_makes_no_sense_is_said_beside_its_field(
    world, fresh, cast, page, fields, field, told
):
    answer = fresh.post(page, CHOICE | {"enabled": "on"} | fields)
    assert answer.status_code == 200
    assert told in answer.context["form"].errors[field][0]
    assert auto_recharge_of(cast.acme.id) is None


def test_without_a_card_it_says_what_to_do(world, ada, cast, page):
    world.recharging(cast.acme)
    answer = ada.get(page)
    assert "Auto-recharge is on, and no card is kept." in words(answer)
    keep = reverse("billing-topup", args=[cast.acme.id]) + "?keep=1"
    assert f'href="{keep}"' in answer.text


def test_attempts_and_the_use_of_the_cap(world, ada, cast, page):
    world.with_card(cast.acme)
    world.recharging(cast.acme, monthly_cap_cents=3_000)
    done = recharge.attempt(cast.acme.id)
    answer = ada.get(page)
    text = words(answer)
    assert "$20.00 of $30.00" in text
    assert "The cap of this month is reached." in text
    assert [line.topup.id for line in answer.context["attempts"]] == [done.id]
    listed = ada.get(reverse("billing-payments", args=[cast.acme.id]), {"kind": "recharge"})
    assert sum(line.topup.amount_cents for line in listed.context["lines"]) == 2_000
    assert answer.context["spent_cents"] == 2_000


def test_failures_are_told_and_the_third_switches_it_off(world, ada, cast, page):
    world.with_card(cast.acme, DECLINES_LATER)
    world.recharging(cast.acme)
    recharge.attempt(cast.acme.id)
    text = words(ada.get(page))
    assert "The last attempt did not go through. The next one is not before" in text
    assert "The bank declined the card and gave no reason." in text
    for _ in range(2):
        AutoRecharge.objects.update(not_before=None)
        recharge.attempt(cast.acme.id)
    text = words(ada.get(page))
    assert "Auto-recharge is off. Three payments in a row did not go through" in text
    assert TopUp.objects.filter(kind="recharge", status="failed").count() == 3


def test_a_fraud_warning_is_told_as_what_switched_it_off(world, ada, cast, page):
    world.recharging(cast.acme)
    recharge_settings.switch_off(cast.acme.id, "fraud_warning")
    assert "A payment of this team is being looked at" in words(ada.get(page))


def test_the_card_is_taken_back(world, ada, cast, page):
    world.with_card(cast.acme)
    assert "A card is kept for auto-recharge." in words(ada.get(page))
    forget = reverse("billing-card-forget", args=[cast.acme.id])
    assert ada.get(forget).status_code == 405
    for _ in range(2):
        assert ada.post(forget)["Location"] == page
    assert not has_kept_card(cast.acme.id)
    assert AuditEvent.objects.filter(action="card.forgotten").count() == 1
    world.recharging(cast.acme)
    assert recharge.run_pass() == 0


def test_only_who_looks_after_money_changes_it(world, cast, page):
    for role, browser in browsers_of(cast).items():
        may = role in {"owner", "admin", "billing"}
        assert ("Save auto-recharge" in words(browser.get(page))) is may
        assert (browser.post(page, CHOICE).status_code == 302) is may


def test_where_nobody_can_pay_it_says_so(ada, page):
    assert "it buys nothing before they are" in words(ada.get(page))


def test_many_attempts_take_as_many_queries(world, ada, cast, page):
    world.recharging(cast.acme)
    attempt = {"kind": "recharge", "status": "failed", "ordered_by": "auto-recharge"}
    new_order(cast.acme.id, **attempt)
    ada.get(page)
    before = queries_of(ada, page)
    for _ in range(12):
        new_order(cast.acme.id, **attempt)
    assert queries_of(ada, page) == before <= 13
    assert "All attempts" in words(ada.get(page))


def test_amounts_as_the_fields_take_them():
    assert [written(cents) for cents in (2_500, 1_250, 100_000)] == ["25", "12.50", "1,000"]
    row = AutoRecharge(threshold=CREDIT, amount_cents=500, monthly_cap_cents=999)
    assert sentence_of(row).endswith("That is once a month at most.")


def test_the_billing_page_tells_how_it_stands(world, ada, cast):
    url = reverse("billing", args=[cast.acme.id])
    assert "Auto-recharge Off" in words(ada.get(url))
    world.recharging(cast.acme)
    text = words(ada.get(url))
    assert "Auto-recharge On Buys $20.00 of credit" in text
    assert "No card is kept, so it buys nothing." in text
    assert stage.standing(cast.acme) == (0, 0)
