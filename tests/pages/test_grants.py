"""Credit by grant: in use, spent, expired, and what begins later."""

from datetime import timedelta

import pytest
from django.urls import reverse

from billing.models import Account, Grant
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.billing.stripe.conftest import world
from tests.pages.browsers import queries_of, words

__all__ = ["world"]


@pytest.fixture
def page(cast):
    return reverse("billing-grants", args=[cast.acme.id])


@pytest.fixture
def three(cast):
    """One in use, one spent, one expired with a part of it unspent."""
    now = stage.now()
    spent = stage.grant(cast.acme, CREDIT, note="Spent", priority=1)
    over = stage.grant(
        cast.acme, 3 * CREDIT, note="Over", priority=2, expires_at=now + timedelta(days=1)
    )
    stage.spent(cast.acme, 2 * CREDIT // stage.PRICE)
    past = now - timedelta(seconds=1)
    Grant.objects.filter(pk=over).update(expires_at=past)
    Account.objects.filter(pk=cast.acme.pk).update(next_expiry_at=past)
    used = stage.grant(cast.acme, 5 * CREDIT, note="In use")
    return {"spent": spent, "over": over, "left": used}


def shown(browser, page, state=""):
    return [line.grant.id for line in browser.get(page, {"state": state}).context["lines"]]


def test_every_grant_is_there_with_its_state(ada, page, three):
    assert set(shown(ada, page)) == set(three.values())
    for state, grant in three.items():
        assert shown(ada, page, state) == [grant]
    assert set(shown(ada, page, "nonsense")) == set(three.values())


def test_what_lapsed_is_told(ada, cast, page, three):
    assert "2 expired unspent" in words(ada.get(page))
    assert "Spent grant_" not in words(ada.get(reverse("billing", args=[cast.acme.id])))


def test_what_begins_later_is_told_apart_and_is_no_part_of_the_balance(ada, cast, page, three):
    begins = stage.now() + timedelta(days=30)
    stage.grant(cast.acme, 7 * CREDIT, note="For the summer", effective_at=begins)
    for url in (page, reverse("billing", args=[cast.acme.id])):
        text = words(ada.get(url))
        assert "Promised, and no part of the balance until then." in text
        assert f"begins on {begins:%Y-%m-%d %H:%M} UTC" in text
        assert ada.get(url).context["balance"].posted == 5 * CREDIT
    assert set(shown(ada, page)) == set(three.values())
    assert "Begins later" not in words(ada.get(page, {"state": "left"}))


def test_more_that_begins_later_than_a_page_holds(ada, cast, page):
    begins = stage.now() + timedelta(days=30)
    for _ in range(6):
        stage.grant(cast.acme, CREDIT, effective_at=begins)
    billing = reverse("billing", args=[cast.acme.id])
    assert "More begins later" in words(ada.get(billing))
    assert len(ada.get(page).context["to_come"]) == 6


def test_a_bought_grant_leads_to_its_payment_and_each_amount_to_its_line(world, ada, cast, page):
    topup = world.bought(cast.acme, 1_000)
    answer = ada.get(page)
    payment = reverse("billing-payment", args=[cast.acme.id, topup.id])
    assert f'href="{payment}"' in answer.text
    day = topup.grant.transfer.recorded_at.date().isoformat()
    statement = reverse("billing-statement", args=[cast.acme.id])
    line = f"{statement}?kind=top_up&since={day}&until={day}"
    assert line.replace("&", "&amp;") in answer.text
    assert [row.pk for row, *_ in ada.get(line).context["lines"]] == [topup.grant.transfer_id]


def test_nothing_was_received(ada, page):
    assert "Nothing was received yet" in words(ada.get(page))
    assert "No grant is in this state" in words(ada.get(page, {"state": "over"}))


def test_many_grants_take_as_many_queries(world, ada, cast, page, three):
    world.bought(cast.acme)
    ada.get(page)
    before = queries_of(ada, page)
    for _ in range(12):
        world.bought(cast.acme)
        stage.grant(cast.acme, CREDIT)
    assert queries_of(ada, page) == before <= 13
