"""Checks in the background: one at a time, what was found is kept, what died is said."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from billing import proofs
from billing.invariants import INVARIANTS
from billing.models import Proof
from tests.billing import stage

State = Proof.State


@pytest.fixture(autouse=True)
def seldom(settings):
    settings.PROOF_EVERY_SECONDS = 0


def ask():
    return proofs.ask(stage.NOBODY)


def test_one_is_asked_for_and_run_and_its_findings_are_kept(db):
    team = stage.a_team(5 * stage.CREDIT)
    stage.spent(team, 7)
    assert ask()
    assert proofs.unfinished().state == State.WAITING
    assert proofs.run_pass()
    proof = proofs.last_ended()
    assert (proof.state, proof.differences, proof.asked_by) == (State.HOLDS, 0, "Aurous")
    assert [one["id"] for one in proof.findings] == [one.id for one in INVARIANTS]
    assert proof.started_at <= proof.ended_at
    assert proofs.unfinished() is None
    assert not proofs.run_pass()


def test_two_clicks_are_one_check(db):
    assert ask()
    assert not ask()
    assert Proof.objects.count() == 1


def test_the_database_allows_one_unfinished_and_ends_it_once(db):
    ask()
    for row in (
        Proof(id="prf_x", asked_by="x", asked_at=stage.now()),
        Proof(id="prf_x", asked_by="x", asked_at=stage.now(), unfinished=None),
    ):
        with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
            row.save(force_insert=True)


def test_differences_are_counted_and_the_first_few_kept(db, monkeypatch, settings):
    settings.PROOF_DIFFERENCES_MAX = 2
    found = [proofs.Finding("I1", "sums", ["a", "b", "c"]), proofs.Finding("I2", "zero", [])]
    monkeypatch.setattr(proofs, "prove", lambda: found)
    ask()
    proofs.run_pass()
    proof = proofs.last_ended()
    assert (proof.state, proof.differences) == (State.DIFFERS, 3)
    assert proof.findings[0] == {
        "id": "I1",
        "title": "sums",
        "count": 3,
        "differences": ["a", "b"],
    }


def test_what_cannot_be_run_is_said(db, monkeypatch):
    def broken():
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(proofs, "prove", broken)
    ask()
    proofs.run_pass()
    proof = proofs.last_ended()
    assert (proof.state, proof.error) == (State.BROKEN, "ZeroDivisionError: it could not be run.")
    assert ask()


def test_a_check_whose_process_died_is_ended_by_the_next_pass(db, settings):
    ask()
    long_ago = stage.now() - timedelta(seconds=settings.PROOF_LOST_SECONDS + 1)
    Proof.objects.update(state=State.RUNNING, started_at=long_ago, beat_at=long_ago)
    assert not proofs.run_pass()
    assert proofs.last_ended().state == State.BROKEN
    assert ask()


def test_one_that_is_alive_is_left_alone(db):
    ask()
    Proof.objects.update(state=State.RUNNING, started_at=stage.now(), beat_at=stage.now())
    assert not proofs.run_pass()
    assert proofs.unfinished().state == State.RUNNING


def test_one_is_due_by_itself(db, settings):
    settings.PROOF_EVERY_SECONDS = 3_600
    assert proofs.run_pass()
    assert proofs.last_ended().asked_by == "Aurous"
    assert not proofs.run_pass()
    Proof.objects.update(asked_at=stage.now() - timedelta(hours=1))
    assert proofs.run_pass()
    assert Proof.objects.count() == 2


def test_old_ones_are_forgotten(db, settings):
    settings.PROOFS_KEPT_MAX = 2
    for _ in range(4):
        ask()
        proofs.run_pass()
    assert Proof.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_runs_it_beside_its_other_work_and_it_says_that_it_is_alive(settings, monkeypatch):
    settings.PROOF_BEAT_SECONDS = 0.01
    ask()

    def slow():
        began = Proof.objects.get().beat_at
        for _ in range(500):
            if Proof.objects.get().beat_at > began:
                return []
            stage.sql("SELECT 1")
        raise AssertionError("no beat")

    monkeypatch.setattr(proofs, "prove", slow)
    proofs.run_pass_beside()
    for _ in range(1_000):
        if proofs.last_ended():
            break
        proofs._in_this_process.acquire(timeout=0.05) and proofs._in_this_process.release()
    assert proofs.last_ended().state == State.HOLDS
