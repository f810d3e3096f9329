"""Grants that lapse: to the moment, without a job, and never what a request holds (F11)."""

from datetime import timedelta
from itertools import permutations

import pytest

from billing.balance import balance_of
from billing.models import Transfer
from billing.reaper import reap
from tests.billing import stage
from tests.billing.stage import Closed, grant, held, refused, release, remaining, running, settle

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)


@pytest.fixture
def lapsing(clock):
    """A team whose 3,000 expire in an hour, beside 1,000 that do not."""
    team = stage.a_team(1_000)
    team.lapsing = grant(team, 3_000, expires_at=clock.now + HOUR)
    return team


def _long(team, tokens=1):
    return running(team, tokens, deadline_s=7_200)


def test_credit_can_be_spent_until_the_moment_of_its_expiry(clock, lapsing):
    clock.advance(hours=1, milliseconds=-1)
    assert held(lapsing, tokens=4).held == 4_000


def test_at_the_moment_of_its_expiry_it_is_gone_although_no_job_ran(clock, lapsing):
    clock.advance(hours=1)
    error = refused(lapsing, tokens=2)
    assert "0.000001 are available" in error.message
    assert held(lapsing, tokens=1).held == 1_000
    line = Transfer.objects.get(account_id=lapsing.id, kind="expiry")
    assert (line.amount, line.credit_id, line.balance_after) == (3_000, "breakage", 1_000)
    assert lapsing.lapsing in line.note


def test_expiry_leaves_what_a_request_holds(clock, lapsing):
    taken = _long(lapsing, tokens=2)
    clock.advance(hours=1)
    assert refused(lapsing, tokens=2).code == "balance_too_low"  # 1,000 of 3,000 are free
    assert stage.standing(lapsing) == (3_000, 2_000)
    assert remaining(lapsing.lapsing) == [2_000]
    assert isinstance(settle(taken, lapsing, tokens=2), Closed)
    assert remaining(lapsing.lapsing) == [0]  # the lapsed credit paid, not the lasting
    assert stage.standing(lapsing) == (1_000, 0)


def test_what_a_held_request_leaves_of_a_lapsed_grant_lapses_too(clock, lapsing):
    taken = _long(lapsing, tokens=2)
    clock.advance(hours=2)
    clock.advance(milliseconds=-1)
    settle(taken, lapsing, tokens=1)
    assert balance_of(lapsing.id).posted == 1_000
    assert stage.kinds(lapsing).count("expiry") == 2


def test_a_released_hold_gives_nothing_back_to_a_lapsed_grant(clock, lapsing):
    taken = _long(lapsing, tokens=2)
    clock.advance(hours=1)
    release(taken, lapsing)
    assert balance_of(lapsing.id).available == 1_000


def test_a_request_let_in_after_the_expiry_cannot_use_what_an_older_one_holds(clock, lapsing):
    older = _long(lapsing, tokens=3)
    clock.advance(hours=1)
    younger = running(lapsing, tokens=1)
    assert refused(lapsing, tokens=1).code == "balance_too_low"
    assert isinstance(settle(younger, lapsing), Closed)
    assert remaining(lapsing.lapsing) == [3_000]
    assert isinstance(settle(older, lapsing, tokens=3), Closed)
    assert stage.standing(lapsing) == (0, 0)


@pytest.mark.parametrize("priorities", [(1, 2), (2, 1)])
@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_the_order_of_the_ends_every_hold_is_covered(clock, priorities, order):
    """One hold before each of two expiries and one after both; each grant is just big enough."""
    team = stage.a_team()
    first, second = priorities
    grant(team, 1_000, expires_at=clock.now + HOUR, priority=first)
    grant(team, 1_000, expires_at=clock.now + 2 * HOUR, priority=second)
    grant(team, 1_000)
    holds = [running(team, deadline_s=36_000)]
    clock.advance(hours=1)
    holds.append(running(team, deadline_s=36_000))
    clock.advance(hours=1)
    holds.append(running(team, deadline_s=36_000))
    for index in order:
        assert isinstance(settle(holds[index], team), Closed)
    assert balance_of(team.id).posted == 0
    assert "expiry" not in stage.kinds(team)


def test_of_two_lapsed_grants_each_keeps_only_what_older_requests_may_need(clock):
    team = stage.a_team()
    one = grant(team, 5_000, expires_at=clock.now + HOUR)
    two = grant(team, 5_000, expires_at=clock.now + 2 * HOUR)
    _long(team, tokens=2)
    clock.advance(hours=1)
    _long(team, tokens=1)
    clock.advance(hours=1, milliseconds=-1)
    assert balance_of(team.id).posted == 7_000
    assert remaining(one, two) == [2_000, 5_000]
    clock.advance(milliseconds=1)
    assert balance_of(team.id).posted == 3_000
    assert remaining(one, two) == [2_000, 1_000]


def test_a_request_let_in_at_the_very_moment_of_the_expiry_is_no_older_one(clock, lapsing):
    older = _long(lapsing, tokens=2)
    clock.advance(hours=1)
    younger = _long(lapsing, tokens=1)
    release(older, lapsing)
    assert balance_of(lapsing.id).posted == 1_000
    assert remaining(lapsing.lapsing) == [0]
    release(younger, lapsing)


def test_booking_an_expiry_twice_takes_nothing_more(clock, lapsing):
    clock.advance(hours=1)
    assert reap().accounts_with_expiries == 1
    assert reap().accounts_with_expiries == 0
    assert stage.kinds(lapsing).count("expiry") == 1
    assert stage.account(lapsing).next_expiry_at is None


def test_an_account_with_a_held_lapsed_grant_stays_due(clock, lapsing):
    taken = _long(lapsing, tokens=1)
    clock.advance(hours=1)
    reap()
    assert stage.account(lapsing).next_expiry_at <= clock.now
    release(taken, lapsing)
    reap()
    assert stage.account(lapsing).next_expiry_at is None
    assert stage.standing(lapsing) == (1_000, 0)
