"""From queued to running: once, in time, and not for a key or a team that was stopped (F5, F15)."""

from datetime import timedelta

import pytest

from accounts import api_keys, teams
from billing.models import HoldStatus
from billing.starting import Started, start
from tests.billing import stage
from tests.billing.stage import NOBODY, held

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def key(team):
    return api_keys.create(team.id, name="A key", scope="full", actor=NOBODY).api_key


def test_a_queued_request_is_started_and_told_how_long_it_has(clock):
    team = stage.a_team(stage.CREDIT)
    taken = held(team)
    clock.advance(seconds=10)
    assert start([taken.id]) == Started({taken.id: pytest.approx(20, abs=1e-3)}, {})
    row = stage.row(taken.id)
    assert (row.status, row.started_at) == ("running", clock.now)


def test_a_second_delivery_finds_it_started_and_does_nothing(clock):
    team = stage.a_team(stage.CREDIT)
    taken = held(team)
    start([taken.id])
    at = stage.row(taken.id).started_at
    clock.advance(seconds=1)
    assert start([taken.id]) == Started({}, {})
    assert stage.row(taken.id).started_at == at


@pytest.mark.parametrize("end", [stage.settle, stage.release])
def test_a_delivery_an_hour_later_finds_it_closed(team, end):
    taken = stage.running(team)
    end(taken, team)
    status = stage.row(taken.id).status
    assert start([taken.id]) == Started({}, {})
    assert stage.row(taken.id).status == status


def test_one_batch_may_name_a_request_twice(team):
    taken = held(team)
    assert list(start([taken.id, taken.id]).seconds_left) == [taken.id]


def test_a_request_past_its_deadline_is_not_started(clock):
    team = stage.a_team(stage.CREDIT)
    early, late = held(team), held(team)
    clock.set(early.deadline_at - timedelta(milliseconds=1))
    assert start([early.id]) == Started({early.id: pytest.approx(0.001, abs=1e-3)}, {})
    clock.set(late.deadline_at)
    assert start([late.id]) == Started({}, {})
    assert stage.row(late.id).status == "queued"


def test_a_request_whose_key_was_revoked_is_refused_and_still_held(team, key):
    taken = held(team, api_key_id=key.id)
    api_keys.revoke(team.id, key.id, actor=NOBODY)
    assert start([taken.id]) == Started({}, {taken.id: "revoked_api_key"})
    assert stage.row(taken.id).status == HoldStatus.QUEUED
    stage.release(taken, team)
    assert stage.standing(team) == (10 * stage.CREDIT, 0)


def test_a_request_of_a_suspended_team_is_refused(team, key):
    taken = held(team, api_key_id=key.id)
    teams.suspend(team.id, actor=NOBODY)
    assert start([taken.id]) == Started({}, {taken.id: "team_suspended"})
    teams.resume(team.id, actor=NOBODY)
    assert list(start([taken.id]).seconds_left) == [taken.id]


def test_a_revoked_key_of_a_request_that_runs_stops_nothing(team, key):
    taken = stage.running(team, api_key_id=key.id)
    api_keys.revoke(team.id, key.id, actor=NOBODY)
    assert start([taken.id]) == Started({}, {})
    assert isinstance(stage.settle(taken, team), stage.Closed)


def test_a_batch_sorts_every_request_into_its_place(team, key):
    other = stage.a_team(stage.CREDIT, name="Other")
    ours, theirs, gone = held(team, api_key_id=key.id), held(other), held(other)
    stage.release(gone, other)
    api_keys.revoke(team.id, key.id, actor=NOBODY)
    started = start([gone.id, ours.id, "emb_unknown", theirs.id])
    assert list(started.seconds_left) == [theirs.id]
    assert started.refused == {ours.id: "revoked_api_key"}


def test_nothing_to_start_is_no_work(db):
    assert start([]) == Started({}, {})
