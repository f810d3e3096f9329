"""I6 to I9 and I19: each kind of damage to requests and their keys is heard by its invariant."""

from datetime import timedelta

import pytest
from django.db import connection

from aurous.kernel.clock import database_now
from tests.billing import stage
from tests.billing.breaking import damage
from tests.billing.stage import claim, complaints, held, release, running, settle, spent

pytestmark = pytest.mark.usefixtures("broken_books")
ROW = "UPDATE embeddings_inference SET {} WHERE id = %s"


@pytest.fixture
def team(broken_books):
    return stage.a_team(1_000_000)


def test_i6_hears_a_charge_without_a_transfer(team):
    taken = running(team, tokens=2)
    settle(taken, team, tokens=0)
    damage(ROW.format("charged = 2000, tokens_text = 2"), [taken.id])
    found = complaints()
    assert found["I6"] == [f"{taken.id}: settled, charged 2000, has 0 transfers"]
    assert set(found) == {"I6", "I8", "I17", "I18"}


def test_i6_hears_a_released_request_that_was_charged(team):
    taken = spent(team)
    damage(ROW.format("status = 'released', charged = 0"), [taken.id])
    found = complaints()
    assert found["I6"] == [f"{taken.id}: released, charged 0, has 1 transfers"]
    assert set(found) == {"I6", "I17", "I18"}


def test_i6_hears_a_request_that_ended_and_is_open(team):
    taken = held(team)
    damage(ROW.format("ended_at = created_at"), [taken.id], "inference_ends_once")
    assert complaints() == {"I6": [f"{taken.id}: queued, but its end says otherwise"]}


def test_i7_hears_a_charge_beyond_its_hold(team):
    taken = spent(team, tokens=2)
    damage(ROW.format("held = 1999"), [taken.id], "inference_charged_within_held")
    assert complaints() == {"I7": [f"{taken.id}: charged 2000, held 1999"]}


@pytest.mark.parametrize("change", ["price_text = 999", "tokens_text = 3"])
def test_i8_hears_a_charge_that_is_not_tokens_times_price(team, change):
    taken = spent(team, tokens=2)
    damage(ROW.format(change), [taken.id])
    found = complaints()
    assert set(found) == {"I8", "I18"}
    assert found["I8"][0].startswith(f"{taken.id}: charged 2000, tokens times price ")


def test_i8_hears_a_charge_of_an_exempt_request(team):
    taken = spent(team, tokens=2)
    damage(ROW.format("exempt = {}".format("true")), [taken.id])
    assert set(complaints()) == {"I8", "I18"}


@pytest.mark.parametrize("change", ["request_id = 'req_another'", "request_id = NULL"])
def test_i8_hears_a_transfer_that_names_another_request(team, change):
    spent(team)
    damage(f"UPDATE billing_transfer SET {change} WHERE kind = 'usage'")
    assert set(complaints()) == {"I8", "I14"}


def test_i8_hears_a_transfer_for_a_request_that_does_not_exist(team):
    taken = spent(team)
    damage("DELETE FROM embeddings_inference WHERE id = %s", [taken.id])
    found = complaints()
    assert set(found) == {"I8", "I17", "I18"}
    assert f"charges inference:{taken.id}, which does not exist" in found["I8"][0]


def test_i9_hears_two_charges_under_one_key(team):
    first, second = spent(team), spent(team)
    for taken in (first, second):
        damage(ROW.format("idempotency_key = 'k'"), [taken.id])
    assert complaints() == {
        "I9": [f"{team.id}: {first.id} and {second.id} were both charged under one key"]
    }


def test_i9_lets_a_key_be_charged_again_after_its_day(clock):
    team = stage.a_team(1_000_000)
    spent(team, claim=claim())
    clock.advance(hours=24)
    spent(team, claim=claim())
    assert complaints() == {}


def test_i9_hears_an_answer_kept_for_a_request_that_was_released(team):
    taken = held(team, claim=claim())
    damage("UPDATE accounts_idempotencyclaim SET completed_at = created_at")
    found = complaints()
    assert found == {"I9": [f"the key of {taken.id} does not fit its request (queued)"]}


def test_i9_hears_a_key_that_waits_for_a_request_that_ended(team):
    taken = spent(team, claim=claim())
    damage("UPDATE accounts_idempotencyclaim SET completed_at = NULL")
    found = complaints()
    assert found == {"I9": [f"the key of {taken.id} does not fit its request (settled)"]}


def test_i9_hears_a_key_of_no_request(team):
    held(team, claim=claim())
    damage("UPDATE accounts_idempotencyclaim SET hold_id = 'emb_none'")
    assert complaints() == {"I9": ["the key of emb_none does not fit its request (None)"]}


def test_i19_hears_a_hold_a_minute_past_its_deadline(clock):
    team = stage.a_team(1_000_000)
    taken = held(team)
    clock.set(taken.deadline_at + timedelta(seconds=60))
    assert complaints() == {}
    clock.advance(milliseconds=1)
    found = complaints()
    assert set(found) == {"I19"}
    assert found["I19"][0].startswith(f"{taken.id} is open past its deadline")
    release(taken, team)
    assert complaints() == {}


def test_i19_hears_a_key_that_is_unfinished_for_five_minutes(clock):
    team = stage.a_team(1_000_000)
    taken = held(team, claim=claim(), deadline_s=600)
    clock.advance(minutes=5)
    assert complaints() == {}
    clock.advance(milliseconds=1)
    found = complaints()
    assert set(found) == {"I19"}
    assert found["I19"][0].startswith(f"the key of {taken.id} is unfinished since")


def test_i9_leaves_keys_of_requests_without_a_hold_alone_and_hears_one_ended_without_an_answer(
    team,
):
    stage.claimed_elsewhere(team, "running")
    stage.claimed_elsewhere(team, "done", completed_at=database_now(connection))
    assert complaints() == {}
    damage("UPDATE accounts_idempotencyclaim SET reply = NULL WHERE key = 'done'")
    (said,) = complaints()["I9"]
    assert said.startswith("the key of /v1/keys")
    assert "ended without an answer" in said


def test_i19_hears_a_key_of_a_request_without_a_hold_too(clock):
    team = stage.a_team(1_000_000)
    stage.claimed_elsewhere(team, created_at=clock.now)
    clock.advance(minutes=5)
    assert complaints() == {}
    clock.advance(milliseconds=1)
    assert complaints()["I19"][0].startswith("the key of /v1/keys is unfinished since")
