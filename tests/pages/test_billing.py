"""What a team has, by grant, and how long it lasts."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import BillingMode, Team
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.pages.browsers import browsers_of, queries_of, words


@pytest.fixture
def page(cast):
    return reverse("billing", args=[cast.acme.id])


def test_a_new_team_is_told_what_to_do(ada, cast, page):
    text = words(ada.get(page))
    assert "No credit is available. Requests are refused with 402" in text
    assert "No credit is left" in text
    assert "No credit has moved yet" in text
    assert "Payments are not set up on this installation" in text
    assert f"manage.py grant_credits {cast.acme.id} AMOUNT" in text


def test_figures_are_those_of_the_account(ada, cast, page):
    stage.grant(cast.acme, 100 * CREDIT)
    stage.spent(cast.acme, 14_000_000)
    stage.held(cast.acme, tokens=2_250_000)
    shown = ada.get(page)
    balance, pace = shown.context["balance"], shown.context["pace"]
    stored = stage.account(cast.acme)
    assert (balance.posted, balance.held) == (stored.posted, stored.held)
    assert balance.available == stored.posted - stored.held == 83_750_000_000
    assert pace.week == 14 * CREDIT
    text = words(shown)
    assert "Available 83.75 $0.83. Lasts about 41 days at this rate." in text
    assert "Held 2.25 $0.02" in text


def test_grants_stand_in_spending_order_and_add_up(ada, cast, page):
    stage.grant(cast.acme, 10 * CREDIT, note="For ever")
    soon = stage.now() + timedelta(days=3)
    stage.grant(cast.acme, 5 * CREDIT, note="Welcome", expires_at=soon)
    stage.grant(cast.cleos, 77 * CREDIT, note="Cleo's")
    stage.spent(cast.acme, 1_000_000)
    shown = ada.get(page)
    grants = shown.context["grants"]
    assert [one.note for one in grants] == ["Welcome", "For ever"]
    assert [one.grant.amount for one in grants] == [5 * CREDIT, 10 * CREDIT]
    assert sum(one.grant.remaining for one in grants) == stage.account(cast.acme).posted
    text = words(shown)
    assert "4 credits expire on" in text
    assert "Cleo" not in text


def test_the_newest_lines_say_why(ada, cast, page):
    stage.grant(cast.acme, 5 * CREDIT, note="Welcome")
    taken = stage.spent(cast.acme, 7)
    answer = ada.get(page)
    text = words(answer)
    assert "Usage 7 text tokens aurous-stub -0.000007" in text
    assert f'href="/t/{cast.acme.id}/requests/{stage.row(taken.id).request_id}"' in answer.text
    assert "Grant Welcome" in text


def test_exempt_teams_are_told_so(ada, cast, page):
    Team.objects.filter(pk=cast.acme.pk).update(billing_mode=BillingMode.EXEMPT)
    text = words(ada.get(page))
    assert "Requests of this team are not charged." in text
    assert "No credit is available" not in text


def test_who_looks_after_money_is_told_how_to_get_more(cast, page):
    for role, browser in browsers_of(cast).items():
        text = words(browser.get(page))
        told = "Ask the operator for credit." in text
        assert told is (role in {"owner", "admin", "billing"})
        assert ("Ask somebody of the team" in text) is not told


def test_another_team_is_not_there(ada, cast):
    assert ada.get(reverse("billing", args=[cast.cleos.id])).status_code == 404


def test_many_grants_take_as_many_queries(ada, cast, page):
    stage.grant(cast.acme, CREDIT)
    stage.spent(cast.acme, 7)
    ada.get(page)
    before = queries_of(ada, page)
    for _ in range(30):
        stage.grant(cast.acme, CREDIT)
    stage.spent(cast.acme, 7)
    assert queries_of(ada, page) == before <= 20
    assert "More grants have something left" in words(ada.get(page))
