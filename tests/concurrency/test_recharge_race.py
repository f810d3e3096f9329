"""Several passes find one low balance: one charge. First the race, without what prevents it."""

import threading
from functools import partial

import pytest
from django.db import connection
from django.db.models import QuerySet

from billing import recharge
from billing.models import AutoRecharge, TopUp
from tests.billing import stage
from tests.concurrency.crowd import at_once

PASSES = 6
INDEX = "topup_one_recharge_in_flight"
pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def team(world):
    made = stage.a_team()
    world.with_card(made)
    world.recharging(made, monthly_cap_cents=100_000, threshold=2_000 * stage.CREDIT)
    return made


@pytest.fixture
def without_index(team):
    """The database lets several be in flight."""
    definition = stage.sql("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [INDEX])[0][0]
    stage.sql(f"DROP INDEX {INDEX}")
    yield
    TopUp.objects.filter(kind="recharge").update(kind="checkout")
    stage.sql(definition)


@pytest.fixture
def without_lock(monkeypatch):
    """Nobody waits for anybody, and all look before one writes."""
    original, gate = QuerySet.select_for_update, threading.Barrier(PASSES)
    looked = recharge.spent_cents

    def unlocked(rows, *args, **options):
        return rows if rows.model is AutoRecharge else original(rows, *args, **options)

    def together(*args):
        spent = looked(*args)
        gate.wait(10)
        return spent

    monkeypatch.setattr(QuerySet, "select_for_update", unlocked)
    monkeypatch.setattr(recharge, "spent_cents", together)


def charges(world, team):
    at_once([partial(recharge.attempt, team.pk)] * PASSES)
    connection.close()
    return len(list(world.store.all("charge", amount=2_000)))


def test_the_race_happens_without_the_lock_and_the_index(world, team, without_index, without_lock):
    assert charges(world, team) == PASSES


def test_the_index_alone_is_enough(world, team, without_lock):
    assert charges(world, team) == 1
    assert stage.complaints() == {}


def test_the_lock_alone_is_enough(world, team, without_index):
    assert charges(world, team) == 1
    assert stage.complaints() == {}


def test_with_both_many_passes_at_once_charge_once_for_one_low_balance(world, team):
    at_once([recharge.run_pass] * PASSES)
    connection.close()
    assert len(list(world.store.all("charge", amount=2_000))) == 1
    assert stage.complaints() == {}
