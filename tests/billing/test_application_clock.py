"""F8: the clock of the application may be wrong; only the database's decides about money."""

import datetime as real
import sys
import time

import pytest
from django.utils import timezone

from aurous.kernel.clock import database_now
from billing.balance import balance_of
from billing.reaper import reap
from tests.billing import stage
from tests.billing.stage import claim, connection, held, request, running, settle, spent, take

OURS = ("aurous.", "accounts", "billing", "embeddings")


@pytest.fixture(params=[-600, 600], ids=["ten minutes slow", "ten minutes fast"])
def wrong_clock(request, monkeypatch, db):
    """Every way of asking Python for the time answers wrongly."""
    shift = real.timedelta(seconds=request.param)
    right_now, right_time = real.datetime.now, time.time

    class AnyDatetime(type):
        def __instancecheck__(cls, value):
            return isinstance(value, real.datetime)

    class Wrong(real.datetime, metaclass=AnyDatetime):
        @classmethod
        def now(cls, tz=None):
            return right_now(tz) + shift

        @classmethod
        def utcnow(cls):
            return right_now(real.UTC).replace(tzinfo=None) + shift

    monkeypatch.setattr(time, "time", lambda: right_time() + request.param)
    monkeypatch.setattr(timezone, "now", lambda: right_now(real.UTC) + shift)
    for name, module in list(sys.modules.items()):
        if name.startswith(OURS) and getattr(module, "datetime", None) is real.datetime:
            monkeypatch.setattr(module, "datetime", Wrong)
    return shift


def test_times_on_rows_are_the_databases(wrong_clock):
    team = stage.a_team(stage.CREDIT)
    before = database_now(connection)
    taken = running(team, claim=claim())
    settle(taken, team, reply=lambda _: b"reply")
    after = database_now(connection)
    row = stage.row(taken.id)
    assert before <= row.created_at <= row.started_at <= row.ended_at <= after
    assert row.deadline_at - row.created_at == real.timedelta(seconds=30)


def test_no_hold_is_released_early_or_forgotten(wrong_clock):
    team = stage.a_team(stage.CREDIT)
    fresh, old = held(team), held(team)
    stage.sql(
        "UPDATE embeddings_inference SET deadline_at = %s WHERE id = %s",
        [database_now(connection) - real.timedelta(seconds=6), old.id],
    )
    assert reap().holds == 1
    assert (stage.row(fresh.id).status, stage.row(old.id).status) == ("queued", "released")


def test_a_result_in_time_is_charged_and_a_late_one_is_not(wrong_clock):
    team = stage.a_team(stage.CREDIT)
    early, late = running(team), running(team)
    stage.sql(
        "UPDATE embeddings_inference SET deadline_at = %s WHERE id = %s",
        [database_now(connection), late.id],
    )
    assert isinstance(settle(early, team), stage.Closed)
    assert isinstance(settle(late, team), stage.Lost)


def test_an_answer_is_repeated_for_its_day(wrong_clock):
    team = stage.a_team(stage.CREDIT)
    spent(team, claim=claim())
    day = real.timedelta(hours=24)
    for age, replayed in ((day - real.timedelta(minutes=5), True), (day, False)):
        stage.sql(
            "UPDATE accounts_idempotencyclaim SET completed_at = %s",
            [database_now(connection) - age],
        )
        assert isinstance(take(request(team, claim=claim()))[0], stage.Taken) is not replayed


def test_credit_expires_by_the_databases_clock(wrong_clock):
    team = stage.a_team()
    now = database_now(connection)
    stage.grant(team, 1_000, expires_at=now + real.timedelta(minutes=5))
    assert balance_of(team.id).available == 1_000
    past = [now - real.timedelta(seconds=1)]
    stage.sql("UPDATE billing_grant SET expires_at = %s", past)
    stage.sql("UPDATE billing_account SET next_expiry_at = %s WHERE team_id IS NOT NULL", past)
    assert balance_of(team.id).available == 0
