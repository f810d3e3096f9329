"""The balance: right to the moment, with its grants in the order of spending."""

from datetime import timedelta

import pytest

from billing.balance import Balance, GrantLeft, balance_of
from tests.billing import stage
from tests.billing.stage import CREDIT, grant, held, release, spent

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)


def test_a_new_team_has_nothing(db):
    assert balance_of(stage.a_team().id) == Balance(0, 0, 0, [])


def test_what_is_held_is_part_of_the_credit_but_not_available(team):
    taken = held(team, tokens=1_000)
    balance = balance_of(team.id)
    assert (balance.posted, balance.held) == (10 * CREDIT, 1_000_000)
    assert balance.available == 10 * CREDIT - 1_000_000
    release(taken, team)
    assert balance_of(team.id).available == 10 * CREDIT


def test_grants_stand_in_the_order_in_which_they_are_spent(clock):
    team = stage.a_team()
    last = grant(team, 3_000, priority=200)
    second = grant(team, 2_000, expires_at=clock.now + 2 * HOUR)
    first = grant(team, 1_000, expires_at=clock.now + HOUR)
    assert balance_of(team.id).grants == [
        GrantLeft(first, "promotional", 1_000, clock.now + HOUR),
        GrantLeft(second, "promotional", 2_000, clock.now + 2 * HOUR),
        GrantLeft(last, "promotional", 3_000, None),
    ]


def test_a_spent_grant_is_not_listed(db):
    team = stage.a_team(1_000)
    spent(team)
    assert balance_of(team.id) == Balance(0, 0, 0, [])


def test_lapsed_credit_is_gone_although_no_job_ran(clock):
    team = stage.a_team(1_000)
    grant(team, 5_000, expires_at=clock.now + HOUR)
    clock.advance(hours=1)
    balance = balance_of(team.id)
    assert (balance.posted, balance.available, len(balance.grants)) == (1_000, 1_000, 1)


def test_reading_twice_books_once(clock):
    team = stage.a_team()
    grant(team, 5_000, expires_at=clock.now + HOUR)
    clock.advance(hours=1)
    assert balance_of(team.id) == balance_of(team.id)
    assert stage.kinds(team) == ["grant", "expiry"]


def test_a_floor_below_zero_is_credit_too(team):
    stage.sql("UPDATE billing_account SET floor = -500 WHERE id = %s", [team.id])
    assert balance_of(team.id).available == 10 * CREDIT + 500


def test_a_team_that_never_had_credit_has_nothing(db):
    balance = balance_of("team_none")
    assert (balance.posted, balance.held, balance.available, balance.grants) == (0, 0, 0, [])
