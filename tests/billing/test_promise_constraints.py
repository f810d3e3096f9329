"""Scheduled grants: the database refuses what the code never does, and ``prove`` hears the rest."""

from datetime import timedelta

import pytest

from billing.balance import balance_of
from billing.cancelling import cancel
from tests.billing import stage
from tests.billing.breaking import damage, without_foreign_keys
from tests.billing.stage import NOBODY, complaints, grant
from tests.billing.test_ledger_constraints import hear

DAY = timedelta(days=1)
ROW = (
    "INSERT INTO billing_scheduledgrant (id, account_id, amount, kind, transfer_kind, other, "
    "reference, note, priority, effective_at, expires_at, made_by, created_at) VALUES "
    "(%s, %s, %s, 'promotional', 'grant', 'promotions', %s, '', 100, %s, %s, '', %s)"
)


@pytest.fixture
def team(clock):
    return stage.a_team()


@pytest.fixture
def promised(team, clock):
    return grant(team, 500, effective_at=clock.now + DAY, expires_at=clock.now + 2 * DAY)


def row(team, clock, **more):
    wanted = {
        "id": "sgr_new",
        "account": team.id,
        "amount": 1,
        "reference": "new",
        "effective": clock.now + DAY,
        "expires": None,
        "created": clock.now,
    }
    return list((wanted | more).values())


@pytest.mark.parametrize("amount", [0, -1])
def test_a_promise_is_of_more_than_nothing(team, clock, amount):
    hear("scheduled_positive", ROW, row(team, clock, amount=amount))


def test_a_promise_begins_later(team, clock):
    hear("scheduled_begins_later", ROW, row(team, clock, effective=clock.now))


def test_a_promise_ends_after_it_begins(team, clock):
    hear("scheduled_ends_after", ROW, row(team, clock, expires=clock.now + DAY))


def test_a_reference_is_promised_once(team, clock, promised):
    ((reference,),) = stage.sql("SELECT reference FROM billing_scheduledgrant")
    hear("(?i)unique|never changed", ROW, row(team, clock, reference=reference))


def test_a_promise_is_one_to_an_account_that_exists(team, clock):
    hear("(?i)foreign key", ROW, row(team, clock, account="nobody"))


@pytest.mark.parametrize(
    "change",
    [
        "amount = amount + 1",
        "effective_at = created_at",
        "expires_at = NULL",
        "priority = 1",
        "reference = 'another'",
        "note = 'another'",
    ],
)
def test_what_was_promised_is_never_changed(promised, change):
    hear("never changed", f"UPDATE billing_scheduledgrant SET {change}")


def test_a_promise_is_never_removed(promised):
    hear("never changed", "DELETE FROM billing_scheduledgrant")


def test_a_promise_has_one_end(team, clock, promised):
    given = grant(team, 1)
    hear(
        "scheduled_one_end",
        "UPDATE billing_scheduledgrant SET grant_id = %s, cancelled_at = %s",
        [given, clock.now],
    )


@pytest.mark.parametrize("end", ["begun", "cancelled"])
def test_an_end_is_for_good(team, clock, promised, end):
    if end == "begun":
        clock.advance(days=1)
        balance_of(team.id)
    else:
        cancel(promised, actor=NOBODY, reason="why")
    hear("never changed", "UPDATE billing_scheduledgrant SET cancelled_at = NULL")
    hear("never changed", "UPDATE billing_scheduledgrant SET grant_id = NULL")


def test_a_grant_has_one_promise(team, clock):
    for _ in range(2):
        grant(team, 5, effective_at=clock.now + DAY)
    given = grant(team, 1)
    hear("(?i)unique", "UPDATE billing_scheduledgrant SET grant_id = %s", [given])


class TestProveHears:
    """I10, once the guards are off."""

    @pytest.fixture(autouse=True)
    def damaged(self, broken_books):
        pass

    def test_a_grant_that_was_posted_before_it_begins(self, team, clock):
        grant(team, 5_000)
        damage("UPDATE billing_grant SET effective_at = %s", [clock.now + DAY])
        found = complaints()
        assert set(found) == {"I10"}
        assert "begins at" in found["I10"][0]

    @pytest.mark.parametrize(
        "change", ["amount = 7", "priority = 1", "expires_at = NULL", "reference = 'x'"]
    )
    def test_a_grant_that_is_not_what_was_promised(self, team, clock, promised, change):
        clock.advance(days=1)
        balance_of(team.id)
        damage(f"UPDATE billing_scheduledgrant SET {change}")
        found = complaints()
        assert set(found) == {"I10"}
        assert f"{team.id}: {promised} promised something else" in found["I10"][0]

    def test_credit_that_was_posted_while_its_promise_waits(self, team, clock, promised):
        clock.advance(days=1)
        balance_of(team.id)
        without_foreign_keys("billing_grant")
        damage("UPDATE billing_scheduledgrant SET grant_id = NULL")
        damage("UPDATE billing_account SET next_grant_at = %s", [clock.now])
        (heard,) = complaints()["I10"]
        assert f"{promised} has not begun" in heard

    @pytest.mark.parametrize("moment", [None, timedelta(days=3)])
    def test_an_account_that_would_overlook_a_beginning(self, team, clock, promised, moment):
        expects = clock.now + moment if moment else None
        damage("UPDATE billing_account SET next_grant_at = %s WHERE id = %s", [expects, team.id])
        found = complaints()
        assert set(found) == {"I10"}
        assert found["I10"][0].startswith(f"{team.id}: expects the next grant at")
