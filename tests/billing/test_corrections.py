"""Operators' corrections: a transfer with a reason, once, and never more than is there (F16)."""

from datetime import timedelta

import pytest

from accounts.models import AuditEvent
from billing.corrections import Correction, correct
from billing.models import Grant, Transfer
from tests.billing import stage
from tests.billing.stage import CREDIT, NOBODY, grant, held, kinds, remaining, running, settle

pytestmark = pytest.mark.usefixtures("db")
FULL = 10 * CREDIT


def correcting(team, amount, reason="A mistake", token="t-1"):
    correct(Correction(team, amount, reason, NOBODY, token))


def test_credit_is_given_as_a_grant_that_never_expires(team):
    correcting(team, 5 * CREDIT)
    assert stage.standing(team) == (15 * CREDIT, 0)
    given = Grant.objects.get(kind="adjustment")
    assert (given.amount, given.remaining, given.expires_at) == (5 * CREDIT, 5 * CREDIT, None)
    line = Transfer.objects.get(kind="adjustment")
    assert (line.debit_id, line.note) == ("adjustments", "A mistake")
    assert line.reference == "correction:t-1"


def test_credit_is_taken_from_the_grants_in_their_order(team):
    first = grant(team, CREDIT, priority=1)
    correcting(team, -2 * CREDIT)
    assert stage.standing(team) == (9 * CREDIT, 0)
    assert remaining(first) == [0]
    line = Transfer.objects.get(kind="adjustment")
    assert (line.credit_id, line.signed_nano) == ("adjustments", -2 * CREDIT)


@pytest.mark.parametrize("amount", [CREDIT, -CREDIT])
def test_a_double_click_moves_credit_once(team, amount):
    correcting(team, amount)
    correcting(team, amount)
    assert stage.standing(team) == (FULL + amount, 0)
    assert kinds(team) == ["grant", "adjustment"]
    assert AuditEvent.objects.filter(action="credit.corrected").count() == 1


def test_another_intention_is_another_transfer(team):
    correcting(team, CREDIT, token="t-1")
    correcting(team, CREDIT, token="t-2")
    assert stage.standing(team) == (12 * CREDIT, 0)


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_a_correction_without_a_reason_is_refused(team, reason):
    with pytest.raises(ValueError, match="needs a reason"):
        correcting(team, CREDIT, reason=reason)
    assert kinds(team) == ["grant"]


def test_a_correction_of_nothing_is_refused(team):
    with pytest.raises(ValueError, match="moves something"):
        correcting(team, 0)


def test_more_than_is_available_cannot_be_taken(team):
    with pytest.raises(ValueError, match=r"10 credits are available; 10\.000000001 cannot"):
        correcting(team, -FULL - 1)
    assert stage.standing(team) == (FULL, 0)
    assert not AuditEvent.objects.filter(action="credit.corrected").exists()


def test_everything_that_is_available_can_be_taken(team):
    correcting(team, -FULL)
    assert stage.standing(team) == (0, 0)


def test_taking_the_last_of_an_expiring_grant_leaves_nothing_to_expire(clock):
    team = stage.a_team(CREDIT)
    grant(team, CREDIT, expires_at=clock.now + timedelta(hours=1))
    correcting(team, -CREDIT)
    assert stage.account(team).next_expiry_at is None


def test_what_a_request_holds_cannot_be_taken_and_the_request_still_settles(team):
    taken = running(team, tokens=4_000)  # 4,000,000 nano
    with pytest.raises(ValueError, match=r"9\.996 credits are available"):
        correcting(team, -FULL)
    correcting(team, -FULL + 4_000_000)
    assert stage.standing(team) == (4_000_000, 4_000_000)
    assert isinstance(settle(taken, team, tokens=4_000), stage.Closed)
    assert stage.standing(team) == (0, 0)


def test_a_hold_older_than_a_grant_is_covered_after_a_correction_took_the_older_grant(db):
    team = stage.a_team(1_000)
    taken = running(team)
    grant(team, 1_000)
    correcting(team, -1_000)
    assert isinstance(settle(taken, team), stage.Closed)


def test_who_did_what_and_why_is_written_down(team):
    correcting(team, -CREDIT, reason="Paid twice")
    event = AuditEvent.objects.get(action="credit.corrected")
    assert (event.team_id, event.target) == (team.id, team.id)
    assert event.data == {"credits": "-1", "reason": "Paid twice"}
    assert event.actor_id == NOBODY.id


def test_a_reason_too_long_for_the_statement_is_refused(team):
    with pytest.raises(ValueError, match="at most 300"):
        correcting(team, CREDIT, reason="x" * 301)
    assert stage.standing(team) == (FULL, 0)


def test_credit_that_lapsed_is_not_taken_twice(clock):
    team = stage.a_team(CREDIT)
    grant(team, CREDIT, expires_at=clock.now + timedelta(hours=1))
    held(team, tokens=10)
    clock.advance(hours=1)
    with pytest.raises(ValueError, match="1 credits are available"):
        correcting(team, -2 * CREDIT)
    stage.sql("UPDATE embeddings_inference SET deadline_at = %s", [clock.now])
