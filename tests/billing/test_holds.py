"""Holds: credit is promised in order, to the last nano-credit, and refused with both numbers."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aurous.kernel.errors import AurousError
from billing.holds import Taken
from billing.pricing import Tokens
from tests.billing import stage
from tests.billing.stage import CREDIT, held, refused, release, request, standing, take

pytestmark = pytest.mark.usefixtures("db")


def test_a_hold_promises_the_price_of_its_tokens_and_charges_nothing_yet(team):
    taken = held(team, tokens=7)
    assert taken.held == 7 * stage.PRICE
    assert standing(team) == (10 * CREDIT, 7 * stage.PRICE)
    row = stage.row(taken.id)
    assert (row.status, row.held, row.charged, row.price_text) == ("queued", 7_000, 0, 1_000)
    assert row.deadline_at - row.created_at == timedelta(seconds=30)
    assert (row.started_at, row.ended_at) == (None, None)


def test_every_modality_is_held_at_its_own_price(team):
    schedule = stage.prices(18_750, visual=48_750, video=50_000)
    tokens = Tokens(text=5, visual=4, video=3)
    (taken,) = take(replace(request(team, prices=schedule), tokens=tokens))
    assert isinstance(taken, Taken)
    assert taken.held == 5 * 18_750 + 4 * 48_750 + 3 * 50_000
    row = stage.row(taken.id)
    assert (row.price_text, row.price_visual, row.price_video) == (18_750, 48_750, 50_000)


def test_a_balance_can_be_held_to_its_last_nano_credit(db):
    team = stage.a_team(3 * stage.PRICE)
    assert held(team, tokens=3).held == 3 * stage.PRICE
    assert stage.account(team).posted - stage.account(team).held == 0
    assert refused(team, tokens=1).code == "balance_too_low"


def test_a_refusal_names_what_is_needed_and_what_is_available(db):
    team = stage.a_team(2 * CREDIT + 500)
    held(team, tokens=1_000_000)  # 1 credit
    error = refused(team, tokens=2_000_000)
    assert (error.code, error.status) == ("balance_too_low", 402)
    assert "needs 2 credits" in error.message
    assert "1.0000005 are available" in error.message


def test_a_team_without_credit_is_told_that_nothing_is_available(db):
    error = refused(stage.a_team(), tokens=1)
    assert "needs 0.000001 credits and 0 are available" in error.message


def test_a_refused_request_leaves_no_trace(db):
    team = stage.a_team(CREDIT)
    before = standing(team), stage.account(team).open_count
    error = refused(team, tokens=2_000_000, claim=stage.claim())
    assert error.code == "balance_too_low"
    assert (standing(team), stage.account(team).open_count) == before
    assert stage.sql("SELECT COUNT(*) FROM embeddings_inference") == [(0,)]
    assert stage.sql("SELECT COUNT(*) FROM accounts_idempotencyclaim") == [(0,)]
    assert stage.sql("SELECT COUNT(*) FROM billing_keyday") == [(0,)]


def test_requests_are_let_in_in_their_order_as_far_as_the_credit_goes(db):
    team = stage.a_team(5 * stage.PRICE)
    outcomes = take(*(request(team, tokens) for tokens in (2, 4, 1, 1, 2, 1)))
    let_in = [isinstance(outcome, Taken) for outcome in outcomes]
    # 2 of 5; 4 do not fit; 1, 1 and the last 1 do.
    assert let_in == [True, False, True, True, False, True]
    assert standing(team) == (5_000, 5_000)


def test_one_teams_empty_account_does_not_stop_another_team(db):
    rich, poor = stage.a_team(CREDIT), stage.a_team(name="Poor")
    outcomes = take(request(poor), request(rich), request(poor), request(rich))
    assert [isinstance(o, Taken) for o in outcomes] == [False, True, False, True]
    assert stage.account(rich).open_count == 2
    assert stage.account(poor).open_count == 0


def test_an_exempt_team_holds_nothing_and_is_never_blocked(db):
    team = stage.a_team()
    taken = held(team, tokens=1_000_000, exempt=True)
    assert taken.held == 0
    assert standing(team) == (0, 0)
    assert stage.account(team).open_count == 1
    assert stage.row(taken.id).exempt


def test_more_requests_at_once_than_allowed_are_told_to_come_back(team):
    first = held(team, concurrency_max=2)
    held(team, concurrency_max=2)
    error = refused(team, concurrency_max=2)
    assert (error.code, error.status) == ("concurrency_limit_exceeded", 429)
    assert error.retry_after_s == 1
    assert "already has 2 requests running; its limit is 2" in error.message
    release(first, team)
    held(team, concurrency_max=2)


def test_the_limit_of_requests_at_once_counts_within_one_batch(team):
    outcomes = take(*(request(team, concurrency_max=3) for _ in range(5)))
    assert [isinstance(o, Taken) for o in outcomes] == [True] * 3 + [False] * 2


@pytest.mark.parametrize("limit", [None, 0])
def test_a_team_without_a_limit_may_have_any_number_at_once(team, limit):
    outcomes = take(*(request(team, concurrency_max=limit) for _ in range(40)))
    assert all(isinstance(outcome, Taken) for outcome in outcomes)


def test_a_lower_floor_lends_credit(db):
    team = stage.a_team(stage.PRICE)
    stage.sql("UPDATE billing_account SET floor = -2000 WHERE id = %s", [team.id])
    held(team, tokens=3)
    assert refused(team, tokens=1).code == "balance_too_low"
    release(held(team, tokens=0), team)


def test_a_model_without_a_price_is_refused_alone(team):
    unpriced = stage.PriceSchedule(stage.MODEL, [])
    outcomes = take(request(team, prices=unpriced), request(team))
    assert isinstance(outcomes[0], AurousError)
    assert outcomes[0].code == "provider_unavailable"
    assert isinstance(outcomes[1], Taken)


def test_no_requests_are_no_work(db):
    assert take() == []
    assert stage.close() == []
