"""Credit limits of a key: a day, a month, in all; counted with the hold, given back with it."""

from datetime import UTC, datetime

import pytest

from billing.holds import Taken
from billing.key_limits import KeyLimits
from billing.models import KeyDay
from tests.billing import stage
from tests.billing.stage import held, refused, release, request, running, settle, take

pytestmark = pytest.mark.usefixtures("db")
DAY = KeyLimits(day=3_000)
MONTH = KeyLimits(month=3_000)
TOTAL = KeyLimits(total=3_000)


def used(team):
    """Nano-credits by day, as kept."""
    rows = KeyDay.objects.filter(team=team).order_by("day")
    return [(f"{row.day:%m-%d}", row.used) for row in rows]


@pytest.mark.parametrize("limits", [DAY, MONTH, TOTAL], ids=["day", "month", "total"])
def test_a_key_may_spend_exactly_up_to_its_limit(team, limits):
    held(team, tokens=3, limits=limits)
    error = refused(team, tokens=1, limits=limits)
    assert (error.code, error.status) == ("key_limit_reached", 402)


@pytest.mark.parametrize(
    ("limits", "words"),
    [(DAY, "today"), (MONTH, "this month"), (TOTAL, "in all")],
    ids=["day", "month", "total"],
)
def test_the_refusal_names_the_limit_what_is_left_and_what_is_needed(team, limits, words):
    held(team, tokens=1, limits=limits)
    message = refused(team, tokens=4, limits=limits).message
    assert f"may still spend 0.000002 credits {words} (limit 0.000003)" in message
    assert "needs 0.000004" in message


def test_a_limit_lower_than_what_is_spent_leaves_nothing_and_no_minus(team):
    held(team, tokens=5)
    assert "may still spend 0 credits" in refused(team, limits=DAY).message


def test_a_refused_request_is_not_counted(team):
    refused(team, tokens=4, limits=DAY)
    assert used(team) == []
    held(team, tokens=3, limits=DAY)


def test_the_limit_counts_within_one_batch(team):
    outcomes = take(*(request(team, 1, limits=DAY) for _ in range(5)))
    assert [isinstance(o, Taken) for o in outcomes] == [True] * 3 + [False] * 2


def test_a_request_that_knows_no_limit_yet_is_counted_for_those_that_do(team):
    """A limit set a second ago: some processes still have the key without it."""
    outcomes = take(request(team, 2), request(team, 1, limits=DAY), request(team, 1, limits=DAY))
    assert [isinstance(o, Taken) for o in outcomes] == [True, True, False]


def test_each_key_has_its_own_count(team):
    held(team, tokens=3, limits=DAY)
    held(team, tokens=3, limits=DAY, api_key_id="key_another")
    assert refused(team, limits=DAY, api_key_id="key_another").code == "key_limit_reached"


def test_a_released_hold_gives_the_limit_back(team):
    taken = held(team, tokens=3, limits=DAY)
    release(taken, team)
    assert [amount for _, amount in used(team)] == [0]
    held(team, tokens=3, limits=DAY)


def test_settling_for_less_gives_the_rest_of_the_limit_back(team):
    settle(running(team, tokens=3, limits=DAY), team, tokens=1)
    held(team, tokens=2, limits=DAY)
    assert refused(team, limits=DAY).code == "key_limit_reached"


def test_the_rest_goes_back_to_the_day_of_the_hold(clock):
    team = stage.a_team(stage.CREDIT)
    clock.set(datetime(2026, 6, 15, 23, 59, 59, tzinfo=UTC))
    taken = running(team, tokens=3, limits=DAY)
    clock.advance(seconds=2)
    held(team, tokens=3, limits=DAY)
    settle(taken, team, tokens=1)
    assert used(team) == [("06-15", 1_000), ("06-16", 3_000)]


def test_a_new_day_begins_at_midnight_utc(clock):
    team = stage.a_team(stage.CREDIT)
    clock.set(datetime(2026, 6, 15, 23, 59, 59, 999_000, tzinfo=UTC))
    held(team, tokens=3, limits=DAY)
    assert refused(team, limits=DAY).code == "key_limit_reached"
    clock.advance(milliseconds=1)
    held(team, tokens=3, limits=DAY)


def test_a_new_month_begins_with_its_first_day(clock):
    team = stage.a_team(stage.CREDIT)
    clock.set(datetime(2026, 6, 1, tzinfo=UTC))
    held(team, tokens=2, limits=MONTH)
    clock.set(datetime(2026, 6, 30, 23, 59, 59, 999_000, tzinfo=UTC))
    held(team, tokens=1, limits=MONTH)
    assert refused(team, limits=MONTH).code == "key_limit_reached"
    clock.advance(milliseconds=1)
    held(team, tokens=3, limits=MONTH, deadline_s=9e6)
    stage.sql("UPDATE embeddings_inference SET deadline_at = %s", [clock.now])


def test_a_limit_in_all_knows_no_new_month(clock):
    team = stage.a_team(stage.CREDIT)
    held(team, tokens=3, limits=TOTAL, deadline_s=9e7)
    clock.advance(days=400)
    assert refused(team, limits=TOTAL).code == "key_limit_reached"


def test_the_tightest_limit_decides(team):
    limits = KeyLimits(day=5_000, month=4_000, total=9_000)
    held(team, tokens=4, limits=limits)
    assert "this month (limit 0.000004)" in refused(team, limits=limits).message


def test_a_limit_of_nothing_lets_only_what_is_free_in(team):
    limits = KeyLimits(total=0)
    assert refused(team, limits=limits).code == "key_limit_reached"
    assert held(team, limits=limits, prices=stage.prices(0)).held == 0


def test_a_balance_too_low_is_told_before_the_limit_of_the_key(db):
    team = stage.a_team()
    assert refused(team, limits=KeyLimits(day=0)).code == "balance_too_low"


def test_an_exempt_team_has_no_limits_of_credit(db):
    team = stage.a_team()
    held(team, tokens=9, limits=KeyLimits(day=0), exempt=True)
    assert used(team) == []
