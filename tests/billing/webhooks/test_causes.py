"""Events are written with what causes them, in the same transaction, and cost nothing before."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import AuditEvent
from billing.key_limits import KeyLimits
from billing.low_balance import set_low_balance
from billing.models import Grant, Transfer, WebhookEvent
from tests.billing import stage
from tests.billing.stage import CREDIT, PRICE
from tests.billing.webhooks.conftest import told

pytestmark = pytest.mark.usefixtures("db")
LOW, EXHAUSTED, LIMIT = "usage.balance_low", "usage.balance_exhausted", "key.limit_reached"


@pytest.fixture
def team(db):
    """10,000 nano-credits: ten tokens; low under four."""
    made = stage.a_team(10 * PRICE)
    set_low_balance(made, 4 * PRICE, actor=stage.NOBODY)
    return made


def data():
    """What the newest event is about; amounts exact."""
    return json.loads(WebhookEvent.objects.latest("id").data, parse_float=Decimal)


def test_the_charge_that_crosses_the_threshold_is_told(team):
    stage.spent(team, 6)
    assert told(team) == []
    stage.spent(team, 1)
    assert told(team) == [LOW]
    assert data() == {
        "object": "balance",
        "credits": Decimal("0.000003"),
        "held_credits": 0,
        "available_credits": Decimal("0.000003"),
        "currency": "credit",
        "threshold_credits": Decimal("0.000004"),
    }


def test_a_balance_that_flutters_is_told_once_until_it_is_well_above(team):
    stage.spent(team, 7)
    for _ in range(3):
        stage.grant(team, PRICE)
        stage.spent(team, 1)
    assert told(team) == [LOW]
    stage.grant(team, 10 * PRICE)
    stage.spent(team, 10)
    assert told(team) == [LOW, LOW]


def test_holds_that_come_and_go_are_not_told(team):
    for _ in range(3):
        stage.release(stage.held(team, 10), team)
    assert told(team) == []


def test_a_charge_that_is_rolled_back_is_not_told(team, monkeypatch):
    running = stage.running(team, 7)
    monkeypatch.setattr("billing.closing._keep_answers", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        stage.settle(running, team, 7)
    monkeypatch.undo()
    assert told(team) == []
    stage.settle(running, team, 7)
    assert told(team) == [LOW]


def test_an_expiry_can_cross_the_threshold(clock):
    team = stage.a_team()
    set_low_balance(team, PRICE, actor=stage.NOBODY)
    stage.grant(team, 5 * PRICE, expires_at=stage.now() + timedelta(days=1))
    clock.advance(days=2)
    assert stage.refused(team, 1).code == "balance_too_low"
    assert told(team) == [LOW, EXHAUSTED]


def test_a_refused_request_is_told_once_until_money_comes_in(team):
    stage.spent(team, 8)
    for _ in range(3):
        assert stage.refused(team, 3).code == "balance_too_low"
    assert told(team) == [LOW, EXHAUSTED]
    assert data()["needed_credits"] == Decimal("0.000003")
    stage.grant(team, PRICE)
    stage.refused(team, 4)
    assert told(team) == [LOW, EXHAUSTED, EXHAUSTED]


def test_the_charge_that_takes_the_last_credit_is_told(team):
    stage.spent(team, 10)
    assert told(team) == [LOW, EXHAUSTED]
    assert data()["needed_credits"] is None


def test_a_request_that_is_refused_only_because_others_run_is_not_told(team):
    stage.held(team, 10)
    assert stage.refused(team, 1).code == "balance_too_low"
    assert told(team) == []


def test_a_refusal_moves_nothing_and_does_not_harm_its_neighbours(team):
    outcomes = stage.take(stage.request(team, 11), stage.request(team, 2))
    assert outcomes[0].code == "balance_too_low"
    assert isinstance(outcomes[1], stage.Taken)
    assert told(team) == [EXHAUSTED]


@pytest.mark.parametrize(
    ("period", "wait", "again"),
    [
        ("day", {"days": 1}, True),
        ("month", {"days": 1}, False),
        ("month", {"days": 20}, True),
        ("total", {"days": 400}, False),
    ],
)
def test_a_keys_limit_is_told_once_a_period(clock, team, period, wait, again):
    limits = KeyLimits(**{period: 2 * PRICE})
    for _ in range(3):
        assert stage.refused(team, 3, limits=limits).code == "key_limit_reached"
    assert told(team) == [LIMIT]
    clock.advance(**wait)
    stage.refused(team, 3, limits=limits)
    assert told(team) == [LIMIT] * (2 if again else 1)


def test_what_a_key_may_spend_is_told(team):
    key = {"api_key_id": "key_1", "limits": KeyLimits(day=3 * PRICE)}
    stage.spent(team, 2, **key)
    stage.refused(team, 2, **key)
    assert data() == {
        "object": "key_limit",
        "api_key_id": "key_1",
        "period": "day",
        "limit_credits": Decimal("0.000003"),
        "used_credits": Decimal("0.000002"),
        "needed_credits": Decimal("0.000002"),
    }


def test_a_limit_that_was_raised_can_be_reached_again(team):
    for limit in (PRICE, PRICE, 2 * PRICE):
        stage.refused(team, 3, limits=KeyLimits(day=limit))
    assert told(team) == [LIMIT, LIMIT]


def test_a_whole_batch_of_refusals_is_one_event(team):
    asked = [stage.request(team, 3, limits=KeyLimits(day=PRICE)) for _ in range(5)]
    stage.take(*asked)
    assert told(team) == [LIMIT]


def test_a_top_up_is_told(team):
    stage.grant(
        team,
        CREDIT,
        kind=Grant.Kind.PURCHASED,
        transfer_kind=Transfer.Kind.TOP_UP,
        other=stage.Account.System.ADJUSTMENTS,
        reference="stripe_payment:pi_1",
    )
    assert told(team) == ["topup.succeeded"]
    assert data()["amount"] == 1
    assert data()["balance_after"] == Decimal("1.00001")
    assert data()["reference"] == "stripe_payment:pi_1"


def test_other_money_is_no_top_up(team):
    stage.grant(team, CREDIT)
    assert told(team) == []


def test_another_threshold_can_be_crossed_anew(team):
    stage.spent(team, 7)
    set_low_balance(team, 2 * PRICE, actor=stage.NOBODY)
    stage.spent(team, 2)
    assert told(team) == [LOW, LOW]
    assert AuditEvent.objects.filter(action="team.low_balance_set").count() == 2


def test_telling_costs_one_statement_and_having_nothing_to_tell_none(team):
    def statements(tokens):
        running = stage.running(team, tokens)
        with CaptureQueriesContext(connection) as captured:
            stage.settle(running, team, tokens)
        return [q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]]

    quiet, crossing = statements(1), statements(6)
    assert told(team) == [LOW]
    assert len(crossing) == len(quiet) + 1
    assert not [sql for sql in quiet if "webhook" in sql]


STORY = st.lists(
    st.tuples(st.sampled_from(["spend", "spend", "grant"]), st.integers(1, 6)), max_size=12
)


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STORY)
def test_any_story_of_charges_and_money_tells_each_crossing_once(db, story):
    """On the database, against a plain reading of the rule: tokens instead of nano-credits."""
    team = stage.a_team(10 * PRICE)
    set_low_balance(team, 4 * PRICE, actor=stage.NOBODY)
    left, armed, crossings = 10, True, 0
    for what, tokens in story:
        if what == "grant":
            stage.grant(team, tokens * PRICE)
            left += tokens
            armed = armed or left * 10 >= 4 * 11
            continue
        if tokens > left:
            assert stage.refused(team, tokens).code == "balance_too_low"
            continue
        stage.spent(team, tokens)
        if left >= 4 > left - tokens and armed:
            armed, crossings = False, crossings + 1
        left -= tokens
    assert told(team).count(LOW) == crossings
