"""Many find promised credit at the moment when it begins: it is given once.

First the race, without the lock and without the database's guards: it is given several times.
"""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection

from billing import grants, ledger, scheduled
from billing.balance import balance_of
from billing.cancelling import cancel
from billing.models import Account, ScheduledGrant
from billing.reaper import reap
from tests.billing import stage
from tests.concurrency.crowd import at_once, of_kind

CROWD = 6
NANO = 5_000
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team(transactional_db):
    """A team to which credit was promised whose moment is now."""
    made = stage.a_team()
    begins = stage.now() + timedelta(milliseconds=50)
    stage.grant(made, NANO, effective_at=begins)
    while stage.now() < begins:
        threading.Event().wait(0.01)
    return made


@pytest.fixture
def no_lock(team, monkeypatch):
    """Everybody decides on what the account said at the beginning, and all look before one
    writes.
    """
    columns = [*ledger._COLUMNS, ledger.NOW_SQL[connection.vendor]]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM billing_account WHERE id = %s", [team.id])
        said = cursor.fetchall()
    monkeypatch.setattr(ledger, "lock_rows", lambda *_: said)
    gate, due = threading.Barrier(CROWD), scheduled.due

    def together(*args):
        found = due(*args)
        gate.wait(10)
        return found

    monkeypatch.setattr(scheduled, "due", together)


@pytest.fixture
def no_guards(team):
    """The database lets one reference be posted twice, one place in a history be taken so, and a
    promise end again.
    """
    found = stage.sql(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = 'billing_transfer'::regclass AND contype = 'u'"
    )
    for name, _ in found:
        stage.sql(f"ALTER TABLE billing_transfer DROP CONSTRAINT {name}")
    stage.sql("ALTER TABLE billing_scheduledgrant DISABLE TRIGGER USER")
    yield
    stage.sql("ALTER TABLE billing_scheduledgrant ENABLE TRIGGER USER")
    stage.sql("TRUNCATE billing_transfer CASCADE")
    Account.objects.exclude(team=None).update(posted=0, held=0, sequence=0)
    for name, definition in found:
        stage.sql(f"ALTER TABLE billing_transfer ADD CONSTRAINT {name} {definition}")


def begin(team):
    with grants.current_books([team.id]):
        pass  # opening the books begins what is due


def crowd(team):
    answers = at_once([partial(begin, team)] * CROWD)
    connection.close()
    return answers


@pytest.mark.postgres
def test_the_race_happens_without_the_lock_and_the_guards(team, no_lock, no_guards):
    assert of_kind(crowd(team), Exception) == []
    assert stage.standing(team) == (CROWD * NANO, 0)


@pytest.mark.postgres
def test_the_guards_alone_are_enough(team, no_lock):
    assert len(of_kind(crowd(team), IntegrityError)) == CROWD - 1
    assert stage.standing(team) == (NANO, 0)
    assert stage.complaints() == {}


@pytest.mark.postgres
def test_the_lock_alone_is_enough(team, no_guards):
    assert of_kind(crowd(team), Exception) == []
    assert stage.standing(team) == (NANO, 0)
    assert stage.complaints() == {}


def test_requests_readers_and_the_job_at_once_give_it_once(team):
    calls = [partial(stage.take, stage.request(team, 1)) for _ in range(3)]
    calls += [partial(balance_of, team.id), reap, partial(begin, team)] * 2
    answers = at_once(calls)
    connection.close()
    assert of_kind(answers, Exception) == []
    assert all(isinstance(answer[0], stage.Taken) for answer in answers[:3])
    assert stage.standing(team) == (NANO, 3_000)
    assert stage.kinds(team) == ["grant"]


def test_to_cancel_and_to_begin_at_once_is_one_of_the_two(transactional_db):
    team = stage.a_team()
    id_ = stage.grant(team, NANO, effective_at=stage.now() + timedelta(milliseconds=30))
    calls = [partial(cancel, id_, actor=stage.NOBODY, reason="why"), partial(begin, team)] * 3
    while (row := ScheduledGrant.objects.get()).grant_id is None and row.cancelled_at is None:
        at_once(calls)
        connection.close()
    assert stage.standing(team) == (NANO if row.grant_id else 0, 0)
    assert stage.complaints() == {}
