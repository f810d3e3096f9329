"""Low and exhausted are told once a crossing, whatever the balance does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import alerts
from billing.models import Transfer
from billing.standing import Standing

THRESHOLD = 1_000
REARMED_FROM = 1_100
Kind = Transfer.Kind
EMPTY = Standing(
    id="team_1",
    posted=0,
    held=0,
    floor=0,
    open_count=0,
    sequence=0,
    chain_hash="",
    next_expiry_at=None,
    next_grant_at=None,
    low_balance=THRESHOLD,
    low_told=False,
    exhausted_told=False,
)
# A charge, money that comes in, a charge given back, a refused request: amounts around the edges.
AMOUNTS = st.sampled_from([1, 50, 99, 100, 101, 500, 999, 1_000, 1_001, 1_100, 2_500])
STEPS = st.lists(
    st.tuples(st.sampled_from(["charge", "top_up", "give_back", "refuse"]), AMOUNTS), max_size=40
)


def step(account, what, amount):
    """One transaction; the types of the events that it causes."""
    account.money_came_in, account.refused_needing = False, 0
    before = account.posted
    if what == "refuse":
        if amount <= account.posted:
            return []
        account.refused_needing = amount
    else:
        kind = {"charge": Kind.USAGE, "top_up": Kind.TOP_UP, "give_back": Kind.REFUND}[what]
        amount = -min(amount, account.posted) if what == "charge" else amount
        account.posted += amount
        account.money_came_in = alerts.comes_in(kind, amount)
    return [str(event.type) for event in alerts.notices(account, before)]


def after(steps, account=EMPTY):
    account = replace(account)
    return [type_ for what, amount in steps for type_ in step(account, what, amount)]


@given(STEPS)
def test_low_is_told_exactly_once_a_crossing(steps):
    """A plain reading of the rule: armed until told, armed again by money that brings enough."""
    account, posted, armed = replace(EMPTY), 0, True
    for what, amount in steps:
        before = posted
        told = step(account, what, amount)
        if what == "charge":
            posted -= min(amount, posted)
        elif what != "refuse":
            posted += amount
        if what == "top_up" and posted >= REARMED_FROM:
            armed = True
        crosses = before >= THRESHOLD > posted
        assert ("usage.balance_low" in told) == (crosses and armed)
        assert told.count("usage.balance_low") <= 1
        armed = armed and not crosses


@given(STEPS)
def test_exhausted_is_told_at_most_once_between_two_times_that_money_comes_in(steps):
    account, quiet = replace(EMPTY), False
    for what, amount in steps:
        before = account.posted
        told = step(account, what, amount)
        quiet = quiet and what != "top_up"
        reason = account.refused_needing > account.posted or before > 0 == account.posted
        assert ("usage.balance_exhausted" in told) == (reason and not quiet)
        quiet = quiet or reason


@given(st.lists(st.sampled_from(["charge", "give_back"]), max_size=60))
def test_a_balance_that_flutters_around_the_threshold_is_told_once(steps):
    told = after([("top_up", 1_050), *((what, 100) for what in steps)])
    assert told.count("usage.balance_low") <= 1


def test_falling_below_is_told_and_standing_on_the_threshold_is_not():
    assert after([("top_up", 2_000), ("charge", 1_000)]) == []
    assert after([("top_up", 2_000), ("charge", 1_001)]) == ["usage.balance_low"]


def test_money_below_the_margin_does_not_arm_it_again():
    story = [("top_up", 2_000), ("charge", 1_001), ("top_up", 100), ("charge", 100)]
    assert after(story) == ["usage.balance_low"]


def test_money_up_to_the_margin_arms_it_again():
    story = [("top_up", 2_000), ("charge", 1_001), ("top_up", 101), ("charge", 101)]
    assert after(story) == ["usage.balance_low"] * 2


def test_a_balance_that_never_was_above_is_not_told_low():
    assert after([("top_up", 999), ("charge", 1)]) == []


def test_one_charge_can_be_both():
    assert after([("top_up", 2_000), ("charge", 2_000)]) == [
        "usage.balance_low",
        "usage.balance_exhausted",
    ]


def test_no_threshold_is_never_low():
    story = [("top_up", 2_000), ("charge", 1_500), ("charge", 499)]
    assert after(story, replace(EMPTY, low_balance=0)) == []


def test_without_a_threshold_of_its_own_the_installations_counts(settings):
    settings.LOW_BALANCE_CREDITS = "0.0000005"
    story = [("top_up", 600), ("charge", 100), ("charge", 1)]
    assert after(story, replace(EMPTY, low_balance=None)) == ["usage.balance_low"]


def test_what_runs_does_not_count():
    account = replace(EMPTY, posted=5_000, held=4_999, refused_needing=10)
    assert alerts.notices(account, 5_000) == []


@pytest.mark.parametrize("text", ["x", "-1", "0.0000000001", "NaN"])
def test_a_wrong_default_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        alerts.default_threshold(text)
