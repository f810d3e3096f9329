"""The reaper ends what nobody else will, by the database's clock, and may run at any time."""

from datetime import timedelta

import pytest
from django.conf import settings

from accounts.claims import ABANDONED_AFTER_SECONDS
from accounts.models import IdempotencyClaim
from billing import reaper
from billing.reaper import Reaped, reap
from tests.billing import stage
from tests.billing.stage import claim, held, running, settle, spent

pytestmark = pytest.mark.usefixtures("db")
GRACE = timedelta(seconds=settings.HOLD_GRACE_SECONDS)
FULL = 10 * stage.CREDIT


@pytest.mark.parametrize("make", [held, running], ids=["queued", "running"])
def test_a_hold_past_its_deadline_and_grace_is_released(clock, make):
    team = stage.a_team(FULL)
    taken = make(team, tokens=7, claim=claim())
    clock.set(taken.deadline_at + GRACE)
    assert reap().holds == 0
    clock.advance(milliseconds=1)
    assert reap().holds == 1
    row = stage.row(taken.id)
    assert (row.status, row.error_code, row.ended_at) == ("released", "provider_timeout", clock.now)
    assert stage.standing(team) == (FULL, 0)
    assert not IdempotencyClaim.objects.exists()


def test_a_result_after_the_reaper_is_not_charged(clock):
    team = stage.a_team(FULL)
    taken = running(team)
    clock.set(taken.deadline_at + 2 * GRACE)
    reap()
    assert settle(taken, team) == stage.Lost(taken.id)
    assert stage.standing(team) == (FULL, 0)


def test_its_key_runs_again_after_the_reaper(clock):
    team = stage.a_team(FULL)
    taken = held(team, claim=claim())
    clock.set(taken.deadline_at + 2 * GRACE)
    reap()
    spent(team, claim=claim())
    assert stage.standing(team) == (FULL - 1_000, 0)


def test_a_hold_with_a_later_deadline_is_left_alone(clock):
    team = stage.a_team(FULL)
    held(team, deadline_s=30)
    patient = held(team, deadline_s=120)
    clock.advance(seconds=60)
    assert reap().holds == 1
    assert stage.row(patient.id).status == "queued"


def test_more_than_fits_into_one_batch_is_released_in_one_pass(clock, monkeypatch):
    monkeypatch.setattr(reaper, "BATCH_ROWS_MAX", 3)
    teams = [stage.a_team(FULL), stage.a_team(FULL, name="Other")]
    for n in range(8):
        held(teams[n % 2])
    clock.advance(minutes=1)
    assert reap().holds == 8
    assert [stage.account(team).open_count for team in teams] == [0, 0]


def test_a_second_pass_finds_nothing_to_do(clock):
    team = stage.a_team(FULL)
    held(team)
    clock.advance(minutes=1)
    reap()
    assert reap() == Reaped(0, 0, 0, 0)


def test_an_answer_is_forgotten_a_day_after_its_completion(clock):
    team = stage.a_team(FULL)
    spent(team, claim=claim())
    clock.advance(hours=24)
    assert reap().claims == 0
    clock.advance(milliseconds=1)
    assert reap().claims == 1
    assert not IdempotencyClaim.objects.exists()


def test_a_claim_that_was_taken_over_meanwhile_is_kept(clock):
    team = stage.a_team(FULL)
    spent(team, claim=claim())
    clock.advance(hours=25)
    held(team, claim=claim())
    assert reap().claims == 0
    assert IdempotencyClaim.objects.count() == 1


def test_an_idle_teams_expired_credit_gets_its_line_on_the_statement(clock):
    team = stage.a_team()
    stage.grant(team, 500, expires_at=clock.now + timedelta(hours=1))
    clock.advance(hours=1)
    assert reap().accounts_with_expiries == 1
    assert stage.kinds(team) == ["grant", "expiry"]
    assert stage.standing(team) == (0, 0)


def test_what_cannot_be_released_does_not_keep_it_going_for_ever(clock, monkeypatch):
    team = stage.a_team(FULL)
    taken = held(team)
    clock.advance(minutes=1)
    with monkeypatch.context() as beaten:
        beaten.setattr(reaper, "close", lambda ends: [stage.Lost(end.id) for end in ends])
        assert reap().holds == 0
    assert stage.row(taken.id).status == "queued"
    assert reap().holds == 1


def test_another_that_was_quicker_ends_the_pass(clock, monkeypatch):
    """What it read is closed when it comes to it: it does not go round for ever."""
    team = stage.a_team(FULL)
    taken = held(team)
    clock.advance(minutes=1)
    close = reaper.close

    def beaten(ends):
        close(ends)
        return close(ends)

    monkeypatch.setattr(reaper, "close", beaten)
    assert reap().holds == 0
    assert stage.row(taken.id).status == "released"


def test_a_claim_without_a_hold_is_dropped_once_its_process_must_be_dead(clock):
    team = stage.a_team(FULL)
    stage.claimed_elsewhere(team, created_at=clock.now)
    clock.advance(seconds=ABANDONED_AFTER_SECONDS)
    assert reap().claims == 0
    clock.advance(milliseconds=1)
    assert reap().claims == 1
    assert not IdempotencyClaim.objects.exists()


def test_a_claim_of_a_hold_is_ended_with_its_hold_and_not_by_its_age(clock):
    team = stage.a_team(FULL)
    held(team, claim=claim(), deadline_s=2 * ABANDONED_AFTER_SECONDS)
    clock.advance(seconds=ABANDONED_AFTER_SECONDS + 1)
    assert reap() == Reaped(0, 0, 0, 0)
    assert IdempotencyClaim.objects.count() == 1
