"""Grants: which credit is spent first, and that every hold finds what it was promised."""

from datetime import timedelta
from itertools import permutations

import pytest

from billing.grants import spend
from billing.models import Grant, Transfer
from tests.billing import stage
from tests.billing.stage import grant, held, remaining, running, settle, spent

pytestmark = pytest.mark.usefixtures("db")

PURCHASED = {"kind": Grant.Kind.PURCHASED}
SOON, LATER = timedelta(hours=1), timedelta(days=1)


def test_a_grant_is_credit_with_a_line_on_the_statement(db):
    team = stage.a_team()
    grant(team, 500, note="Welcome")
    line = Transfer.objects.get(account_id=team.id)
    assert (line.kind, line.amount, line.balance_after, line.sequence) == ("grant", 500, 500, 1)
    assert (line.debit_id, line.credit_id, line.note) == ("promotions", team.id, "Welcome")
    assert stage.standing(team) == (500, 0)


def test_the_same_reference_gives_only_once(db):
    team = stage.a_team()
    first = grant(team, 500, reference="topup:1")
    assert grant(team, 500, reference="topup:1") == first
    assert stage.standing(team) == (500, 0)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_grant_of_nothing_is_refused(db, amount):
    with pytest.raises(ValueError, match="more than nothing"):
        grant(stage.a_team(), amount)


def test_a_grant_that_has_already_expired_is_refused(db):
    team = stage.a_team()
    with pytest.raises(ValueError, match="in the future"):
        grant(team, 1, expires_at=stage.now())
    assert stage.standing(team) == (0, 0)


def test_the_first_credit_of_a_team_opens_its_account(db):
    team = stage.a_team()
    stage.sql("DELETE FROM billing_account WHERE id = %s", [team.id])
    grant(team, 1)
    assert stage.standing(team) == (1, 0)


def test_more_credit_than_a_bigint_counts_is_refused(db):
    team = stage.a_team(2**63 - 1)
    with pytest.raises(ValueError, match="more credit than"):
        grant(team, 1)
    assert stage.standing(team) == (2**63 - 1, 0)


def test_a_note_longer_than_its_column_is_refused_on_both_databases(db):
    with pytest.raises(ValueError, match="at most 300"):
        grant(stage.a_team(), 1, note="x" * 301)


# Each pair: the first is spent before the second.
ORDERS = {
    "a lower priority number first": ({"priority": 1, **PURCHASED}, {"priority": 2}),
    "what expires before what does not": ({"expires": LATER, **PURCHASED}, {}),
    "the soonest expiry": ({"expires": SOON, **PURCHASED}, {"expires": LATER}),
    "promotional before purchased": ({}, PURCHASED),
    "promotional before adjustments": ({}, {"kind": Grant.Kind.ADJUSTMENT}),
    "adjustments before purchased": ({"kind": Grant.Kind.ADJUSTMENT}, PURCHASED),
    "priority before expiry": ({"priority": 1}, {"priority": 2, "expires": SOON}),
}


def _give(team, options):
    options = dict(options)
    expires = options.pop("expires", None)
    at = stage.now() + expires if expires else None
    return grant(team, 1_000, expires_at=at, **options)


@pytest.mark.parametrize("backwards", [False, True], ids=["in order", "backwards"])
@pytest.mark.parametrize("rule", ORDERS)
def test_the_order_of_spending_is(db, rule, backwards):
    team = stage.a_team()
    first, second = ORDERS[rule]
    if backwards:
        later, earlier = _give(team, second), _give(team, first)
    else:
        earlier, later = _give(team, first), _give(team, second)
    spent(team, tokens=1)
    assert remaining(earlier, later) == [0, 1_000]
    spent(team, tokens=1)
    assert remaining(earlier, later) == [0, 0]


def test_of_two_like_grants_the_older_is_spent_first(clock):
    team = stage.a_team()
    older = grant(team, 1_000)
    clock.advance(seconds=1)
    younger = grant(team, 1_000)
    spent(team, tokens=1)
    assert remaining(older, younger) == [0, 1_000]


def test_one_charge_may_take_from_several_grants(db):
    team = stage.a_team()
    ids = [grant(team, 1_500, priority=n) for n in range(3)]
    spent(team, tokens=4)
    assert remaining(*ids) == [0, 0, 500]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_credit_that_arrives_while_requests_run_leaves_every_hold_covered(db, order):
    """A later request may spend the older grant first; the earlier hold then takes the younger."""
    team = stage.a_team()
    holds = []
    for _ in range(3):
        grant(team, 1_000)
        holds.append(running(team, tokens=1))
    for index in order:
        assert isinstance(settle(holds[index], team), stage.Closed)
    assert stage.standing(team) == (0, 0)


def test_spending_more_than_the_grants_hold_is_an_error_and_not_a_debt():
    with pytest.raises(ArithmeticError, match="7 nano-credits short"):
        spend([], 7, held_at=stage.LONG_AGO, recorded_at=stage.LONG_AGO)


def test_the_account_knows_its_soonest_expiry(clock):
    team = stage.a_team()
    grant(team, 1_000)
    assert stage.account(team).next_expiry_at is None
    grant(team, 1_000, expires_at=clock.now + LATER)
    assert stage.account(team).next_expiry_at == clock.now + LATER
    grant(team, 1_000, expires_at=clock.now + SOON)
    assert stage.account(team).next_expiry_at == clock.now + SOON
    spent(team, tokens=1)  # the soonest is empty now
    assert stage.account(team).next_expiry_at == clock.now + LATER
    spent(team, tokens=1)
    assert stage.account(team).next_expiry_at is None


def test_a_grant_that_is_only_held_still_counts_as_expiring(clock):
    team = stage.a_team()
    grant(team, 1_000, expires_at=clock.now + SOON)
    held(team, tokens=1)
    assert stage.account(team).next_expiry_at == clock.now + SOON
