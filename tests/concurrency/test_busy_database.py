"""F13: a database that is busy is asked again a few times, then it is 503, and nothing happened."""

import threading
from contextlib import contextmanager
from functools import partial

import pytest
from django.conf import settings
from django.db import connection, transaction

from aurous.kernel import locks
from aurous.kernel.errors import AurousError
from aurous.kernel.locks import with_retries
from billing import holds
from billing.holds import Taken
from billing.reaper import reap
from tests.billing import stage
from tests.concurrency.crowd import at_once, of_kind

pytestmark = pytest.mark.django_db(transaction=True)
FULL = 10 * stage.PRICE


@pytest.fixture
def team():
    return stage.a_team(FULL)


@pytest.fixture
def tries(monkeypatch):
    """What the lock helper said, in order."""
    seen = []
    monkeypatch.setattr(locks.log, "warning", lambda event, **more: seen.append(event))
    return seen


@contextmanager
def impatient(**timeouts_ms):
    """This connection does not wait long."""
    if connection.vendor == "sqlite":
        stage.sql(f"PRAGMA busy_timeout = {min(timeouts_ms.values())}")
    for name, value in timeouts_ms.items() if connection.vendor == "postgresql" else ():
        stage.sql(f"SET {name} = {value}")
    try:
        yield
    finally:
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()  # the sessions of the next one have the usual patience


@contextmanager
def locked_by_somebody_else(team):
    """Another connection holds the team's lock (SQLite: the file's) until the block ends."""
    locked, may_go = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic():  # IMMEDIATE on SQLite
            if connection.vendor == "postgresql":
                stage.sql("SELECT 1 FROM billing_account WHERE id = %s FOR UPDATE", [team.id])
            locked.set()
            assert may_go.wait(30)
        connection.close()

    thread = threading.Thread(target=hold)
    thread.start()
    assert locked.wait(30)
    try:
        yield
    finally:
        may_go.set()
        thread.join(30)


def nothing_happened(team):
    assert stage.standing(team) == (FULL, 0)
    assert stage.sql("SELECT COUNT(*) FROM embeddings_inference") == [(0,)]
    assert stage.sql("SELECT COUNT(*) FROM accounts_idempotencyclaim") == [(0,)]
    assert stage.complaints() == {}


def refused(operation):
    with pytest.raises(AurousError) as caught:
        operation()
    assert (caught.value.code, caught.value.status) == ("provider_unavailable", 503)
    assert caught.value.retry_after_s == 1
    return caught.value


def test_a_lock_that_is_not_given_up_is_503_after_a_few_tries(team, tries):
    with locked_by_somebody_else(team), impatient(lock_timeout=40):
        error = refused(lambda: stage.held(team, claim=stage.claim()))
    assert "busy" in error.message
    assert tries == ["database.retry"] * settings.MONEY_RETRIES_MAX
    nothing_happened(team)
    assert isinstance(stage.take(stage.request(team, claim=stage.claim()))[0], Taken)


def test_a_settlement_that_gets_no_lock_leaves_the_hold_and_can_be_tried_again(team):
    taken = stage.running(team)
    with locked_by_somebody_else(team), impatient(lock_timeout=40):
        refused(lambda: stage.settle(taken, team))
    assert stage.standing(team) == (FULL, stage.PRICE)
    assert stage.row(taken.id).status == "running"
    assert isinstance(stage.settle(taken, team), stage.Closed)
    assert stage.complaints() == {}


def test_a_grant_and_a_reaper_that_get_no_lock_are_told_so_too(team):
    taken = stage.held(team)
    stage.sql("UPDATE embeddings_inference SET deadline_at = created_at")
    stage.sql("UPDATE embeddings_inference SET deadline_at = '2026-01-01 00:00:00'")
    with locked_by_somebody_else(team), impatient(lock_timeout=40):
        refused(lambda: stage.grant(team, 1))
        refused(reap)
    assert stage.row(taken.id).status == "queued"
    assert reap().holds == 1


@pytest.mark.postgres
def test_a_statement_that_takes_too_long_is_503_and_nothing_happened(team, tries):
    """F14. Not tried again: it may be the database that is slow."""
    with locked_by_somebody_else(team), impatient(lock_timeout=0, statement_timeout=40):
        error = refused(lambda: stage.held(team))
    assert "does not answer" in error.message
    assert tries == ["database.away"]
    nothing_happened(team)
    stage.held(team)


@pytest.mark.postgres
@pytest.mark.parametrize("step", ["answer", "write"])
def test_a_connection_that_dies_half_way_is_503_and_nothing_happened(team, monkeypatch, step):
    whole = getattr(holds._Door, step)

    def die(door, *args):
        result = whole(door, *args)
        ((pid,),) = stage.sql("SELECT pg_backend_pid()")
        at_once([partial(stage.sql, "SELECT pg_terminate_backend(%s, 5000)", [pid])])
        return result

    with monkeypatch.context() as broken:
        broken.setattr(holds._Door, step, die)
        refused(lambda: stage.held(team, claim=stage.claim()))
    nothing_happened(team)
    stage.held(team, claim=stage.claim())


@pytest.mark.postgres
def test_a_pool_without_a_free_connection_is_503_and_nothing_happened(team, monkeypatch):
    connection.close()
    pool = connection.pool
    monkeypatch.setattr(pool, "timeout", 0.05)
    in_use = [pool.getconn() for _ in range(pool.max_size)]
    try:
        (error,) = at_once([lambda: stage.take(stage.request(team))])
    finally:
        for one in in_use:
            pool.putconn(one)
    assert isinstance(error, AurousError)
    assert error.code == "provider_unavailable"
    nothing_happened(team)


@pytest.mark.postgres
def test_the_loser_of_a_deadlock_tries_again_and_both_are_done(tries):
    teams = [stage.a_team(FULL, name=name) for name in ("One", "Two")]
    in_a_circle = threading.Barrier(2)

    def both(first, second):
        first_try = [True]

        def operation():
            with transaction.atomic():
                stage.sql("SET LOCAL deadlock_timeout = '20ms'")
                take = "UPDATE billing_account SET floor = floor - 1 WHERE id = %s"
                stage.sql(take, [first.id])
                if first_try.pop() if first_try else False:
                    in_a_circle.wait(20)
                stage.sql(take, [second.id])

        return with_retries(operation)

    one, two = teams
    answers = at_once([partial(both, one, two), partial(both, two, one)])
    assert answers == [None, None]
    assert tries == ["database.retry"]
    assert [stage.account(team).floor for team in teams] == [-2, -2]


@pytest.mark.postgres
def test_a_serialization_failure_is_tried_again(team, tries):
    both_have_read = threading.Barrier(2)

    def count_up():
        first_try = [True]

        def operation():
            with transaction.atomic():
                stage.sql("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE")
                ((floor,),) = stage.sql(
                    "SELECT floor FROM billing_account WHERE id = %s", [team.id]
                )
                if first_try.pop() if first_try else False:
                    both_have_read.wait(20)
                stage.sql("UPDATE billing_account SET floor = %s", [floor - 1])

        return with_retries(operation)

    assert at_once([count_up, count_up]) == [None, None]
    assert tries == ["database.retry"]
    assert stage.account(team).floor == -2


@pytest.mark.postgres
def test_a_crowd_that_meets_a_busy_database_is_told_so_and_nothing_happened(team):
    def go():
        stage.sql("SET lock_timeout = 20")
        try:
            return stage.take(stage.request(team))[0]
        finally:
            stage.sql("RESET lock_timeout")

    with locked_by_somebody_else(team):
        answers = at_once([go] * 5)
    assert [error.code for error in of_kind(answers, AurousError)] == ["provider_unavailable"] * 5
    nothing_happened(team)
