"""Locks are taken in one order by everybody, so that nobody waits in a circle.

The first test shows the circle with locks taken in the order asked for. PostgreSQL only: SQLite
has one lock, of the whole file.
"""

import threading
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction

from aurous.kernel import locks
from billing.holds import Taken
from billing.starting import start
from tests.billing import stage
from tests.concurrency.crowd import at_once, of_kind

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 15


@pytest.fixture
def retries(monkeypatch):
    """How often the database asked for another try."""
    seen = []
    monkeypatch.setattr(locks.log, "warning", lambda event, **more: seen.append((event, more)))
    return seen


@pytest.fixture
def teams():
    return [stage.a_team(1_000 * stage.PRICE, name=name) for name in ("One", "Two")]


def lock(id_):
    stage.sql("SELECT id FROM billing_account WHERE id = %s FOR UPDATE", [id_])


@pytest.mark.postgres
def test_locks_in_the_order_asked_for_are_a_circle_and_one_of_the_two_is_thrown_out(teams):
    both_have_one = threading.Barrier(2)

    def lock_both(first, second):
        with transaction.atomic():
            stage.sql("SET LOCAL deadlock_timeout = 20")
            lock(first.id)
            both_have_one.wait(20)
            lock(second.id)

    one, two = teams
    answers = at_once([partial(lock_both, one, two), partial(lock_both, two, one)])
    (error,) = of_kind(answers, OperationalError)
    assert error.__cause__.sqlstate == "40P01"


def test_batches_that_name_two_teams_in_opposite_order_never_wait_in_a_circle(teams, retries):
    one, two = teams

    def go(first, second):
        for _ in range(ROUNDS):
            outcomes = stage.take(stage.request(first), stage.request(second))
            assert all(isinstance(outcome, Taken) for outcome in outcomes)
            start([outcome.id for outcome in outcomes])
            ends = [stage.settling(outcomes[1].id, second), stage.releasing(outcomes[0].id, first)]
            assert all(isinstance(result, stage.Closed) for result in stage.close(*ends))
        return "done"

    answers = at_once([partial(go, one, two), partial(go, two, one)] * 3)
    assert answers == ["done"] * 6
    assert retries == []
    assert stage.standing(one) == stage.standing(two) == ((1_000 - 3 * ROUNDS) * stage.PRICE, 0)
    assert stage.complaints() == {}


def test_starting_and_ending_the_same_requests_in_opposite_order_ends_well(teams):
    """They lock the requests' rows in another order, and that may cost another try, no more."""
    team, _ = teams
    for _ in range(ROUNDS):
        ids = [stage.held(team).id for _ in range(8)]
        release = partial(stage.close, *[stage.releasing(id_, team) for id_ in reversed(ids)])
        started, closed = at_once([partial(start, ids), release])
        assert not of_kind([started, closed], Exception)
        assert all(isinstance(result, stage.Closed) for result in closed)
    assert stage.standing(team) == (1_000 * stage.PRICE, 0)
    assert stage.complaints() == {}


def test_a_team_that_waits_does_not_hold_up_another(teams):
    """Different teams have different locks. On SQLite there is one, and they take turns."""
    busy, free = teams
    if connection.vendor == "sqlite":
        assert isinstance(stage.take(stage.request(free))[0], Taken)
        return
    locked, may_go = threading.Event(), threading.Event()

    def hold_the_lock():
        with transaction.atomic():
            lock(busy.id)
            locked.set()
            assert may_go.wait(20)

    def serve_the_other():
        assert locked.wait(20)
        try:
            return stage.take(stage.request(free))[0]
        finally:
            may_go.set()

    _, outcome = at_once([hold_the_lock, serve_the_other])
    assert isinstance(outcome, Taken)
