"""64 requests at once, funds for exactly some of them: exactly those are let in.

The first test shows that the race is real: with the lock taken away, and the database's own
guard, the same crowd spends what the team does not have. If it fails, the others prove nothing.
"""

from contextlib import contextmanager

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from aurous.kernel.errors import AurousError
from billing import ledger
from billing.holds import Taken
from billing.models import Account
from tests.billing import stage
from tests.concurrency.crowd import at_once, of_kind

CLIENTS = 64
FUNDED = 10
TOKENS = 7
pytestmark = pytest.mark.django_db(transaction=True)


def funded_team():
    return stage.a_team(FUNDED * TOKENS * stage.PRICE)


def a_crowd(team):
    """Each client's outcome."""
    outcomes = at_once([lambda: stage.take(stage.request(team, TOKENS))] * CLIENTS)
    return [outcome[0] if isinstance(outcome, list) else outcome for outcome in outcomes]


@contextmanager
def without_the_databases_guard():
    """No CHECK on the floor, on every connection; put back at the end."""
    if connection.vendor == "sqlite":

        def ignore(connection, **_):
            connection.cursor().execute("PRAGMA ignore_check_constraints = ON")

        connection_created.connect(ignore)
        try:
            yield
        finally:
            connection_created.disconnect(ignore)
        return
    stage.sql("ALTER TABLE billing_account DROP CONSTRAINT account_above_floor")
    try:
        yield
    finally:
        Account.objects.exclude(team=None).update(held=0, open_count=0)
        stage.sql(
            "ALTER TABLE billing_account ADD CONSTRAINT account_above_floor "
            "CHECK (posted >= floor + held)"
        )


@pytest.fixture
def no_lock(monkeypatch):
    """Check first, debit later: everybody decides on what the account said at the beginning."""

    def make(team):
        columns = [*ledger._COLUMNS, ledger.NOW_SQL[connection.vendor]]
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {', '.join(columns)} FROM billing_account WHERE id = %s", [team.id]
            )
            said = cursor.fetchall()
        monkeypatch.setattr(ledger, "lock_rows", lambda *_: said)

    return make


def test_without_the_lock_the_crowd_spends_what_the_team_does_not_have(no_lock):
    team = funded_team()
    no_lock(team)
    with without_the_databases_guard():
        taken = of_kind(a_crowd(team), Taken)
        posted, held = stage.standing(team)
    assert len(taken) == CLIENTS
    assert held == CLIENTS * TOKENS * stage.PRICE > posted


def test_without_the_lock_the_database_still_refuses_to_go_below_the_floor(no_lock):
    team = funded_team()
    no_lock(team)
    taken = of_kind(a_crowd(team), Taken)
    assert len(taken) == FUNDED
    assert stage.standing(team) == (FUNDED * TOKENS * stage.PRICE,) * 2
    assert stage.complaints() == {}


def test_exactly_the_funded_requests_are_let_in_and_the_balance_ends_at_zero():
    team = funded_team()
    outcomes = a_crowd(team)
    taken = of_kind(outcomes, Taken)
    refused = of_kind(outcomes, AurousError)
    assert (len(taken), len(refused)) == (FUNDED, CLIENTS - FUNDED)
    assert {error.code for error in refused} == {"balance_too_low"}
    stage.start([one.id for one in taken])
    at_once([lambda one=one: stage.settle(one, team, TOKENS) for one in taken])
    assert stage.standing(team) == (0, 0)
    assert stage.complaints() == {}


def test_a_crowd_in_one_batch_is_let_in_first_come_first_served():
    team = funded_team()
    outcomes = stage.take(*[stage.request(team, TOKENS) for _ in range(CLIENTS)])
    assert [isinstance(o, Taken) for o in outcomes] == [True] * FUNDED + [False] * (
        CLIENTS - FUNDED
    )
    assert stage.complaints() == {}
