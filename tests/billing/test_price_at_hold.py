"""Prices have a first day, a team can have its own, and a hold keeps the price it was taken at."""

from datetime import timedelta
from decimal import Decimal

import pytest

from aurous.kernel.errors import AurousError
from billing import prices
from billing.models import Price
from billing.pricing import Cost, PriceSchedule, TokenPrice, Tokens, cost
from tests.billing import stage
from tests.billing.stage import Closed, held, running, settle

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)


def set_price(usd, at, team=None, markup=0, **more):
    """USD per million tokens; 0.00001 USD is one nano-credit a token."""
    price = Price(
        model=stage.MODEL,
        team=team,
        usd_text=Decimal(usd),
        markup_pct=Decimal(markup),
        effective_at=at,
        **more,
    )
    return prices.set_price(price, actor=stage.NOBODY)


def price_now(team):
    """The price that a hold gets now, in nano-credits a text token."""
    return held(team, prices=prices.schedule(stage.MODEL, team.id)).held


def test_the_first_price_is_that_of_the_first_day(team):
    assert price_now(team) == 18_750


def test_the_price_in_force_is_the_newest_that_has_begun(clock):
    team = stage.a_team(stage.CREDIT)
    set_price("1", clock.now)
    set_price("2", clock.now + HOUR)
    assert price_now(team) == 100_000
    clock.advance(hours=1, milliseconds=-1)
    assert price_now(team) == 100_000
    clock.advance(milliseconds=1)
    assert price_now(team) == 200_000
    stage.sql("UPDATE embeddings_inference SET deadline_at = %s", [clock.now])


def test_a_team_may_have_a_price_of_its_own(clock):
    ours, theirs = stage.a_team(stage.CREDIT), stage.a_team(stage.CREDIT, name="Other")
    set_price("1", clock.now)
    set_price("0.5", clock.now, team=ours)
    assert (price_now(ours), price_now(theirs)) == (50_000, 100_000)


def test_a_teams_own_price_that_begins_later_does_not_hold_yet(clock):
    team = stage.a_team(stage.CREDIT)
    set_price("0.5", clock.now + HOUR, team=team)
    assert price_now(team) == 18_750


@pytest.mark.parametrize("later", ["0.00001", "99"])
def test_a_price_that_changes_between_hold_and_charge_changes_nothing(clock, later):
    team = stage.a_team(stage.CREDIT)
    set_price("1", clock.now)
    taken = running(team, tokens=2, prices=prices.schedule(stage.MODEL, team.id))
    clock.advance(seconds=1)
    set_price(later, clock.now)
    closed = settle(taken, team, tokens=2)
    assert isinstance(closed, Closed)
    assert closed.charged.total == 200_000


def test_a_markup_is_part_of_the_price(clock):
    team = stage.a_team(stage.CREDIT)
    set_price("0.125", clock.now, markup=50)
    assert price_now(team) == 18_750


def test_a_price_that_does_not_come_out_whole_is_refused(clock):
    with pytest.raises(ValueError, match="must come out whole"):
        set_price("0.000001", clock.now)
    assert not Price.objects.filter(effective_at=clock.now).exists()


def test_a_modality_without_a_price_is_refused_rather_than_given_away():
    with pytest.raises(ValueError, match="visual tokens without a visual price"):
        cost(Tokens(text=1, visual=1), TokenPrice(text=1))


def test_a_modality_that_is_not_used_needs_no_price():
    assert cost(Tokens(text=3), TokenPrice(text=5)) == Cost(text=15)


def test_the_modalities_sum_to_the_charge():
    priced = cost(Tokens(1, 2, 3), TokenPrice(10, 20, 30))
    assert priced == Cost(10, 40, 90)
    assert priced.total == 140


def test_a_model_without_any_price_takes_no_requests():
    with pytest.raises(AurousError) as caught:
        PriceSchedule("new", []).at(stage.LONG_AGO)
    assert caught.value.code == "provider_unavailable"
    assert "has no price yet" in caught.value.message


def test_a_price_that_has_not_begun_is_no_price():
    schedule = PriceSchedule("new", [(stage.LONG_AGO + HOUR, TokenPrice(1))])
    with pytest.raises(AurousError):
        schedule.at(stage.LONG_AGO)
    assert schedule.at(stage.LONG_AGO + HOUR) == TokenPrice(1)
