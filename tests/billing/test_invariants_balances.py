"""I1 to I5 and I14: each kind of damage to balances and transfers is heard by its invariant."""

import pytest

from tests.billing import stage
from tests.billing.breaking import damage
from tests.billing.stage import complaints, grant, held, spent

pytestmark = pytest.mark.usefixtures("broken_books")


@pytest.fixture
def busy(broken_books):
    """A team with two grants, two charges and a running request, beside another team."""
    team = stage.a_team(100_000)
    grant(team, 50_000)
    spent(team, tokens=3)
    spent(team, tokens=4)
    held(team, tokens=5)
    spent(stage.a_team(10_000, name="Other"))
    assert complaints() == {}
    return team


def test_i1_hears_a_posted_balance_that_its_transfers_do_not_explain(busy):
    damage("UPDATE billing_account SET posted = posted + 7 WHERE id = %s", [busy.id])
    found = complaints()
    # The sum over all accounts and the grants hear it too.
    assert set(found) == {"I1", "I2", "I10"}
    assert found["I1"] == [f"{busy.id}: posted is 143007, its transfers add up to 143000"]


def test_i1_hears_a_transfer_that_is_counted_for_neither_of_its_ends(busy):
    damage(
        "UPDATE billing_transfer SET account_id = 'refunds' WHERE reference LIKE %s "
        "AND sequence = 4 AND account_id = %s",
        ["inference:%", busy.id],
        "transfer_touches_account",
    )
    assert any("is no transfer of its account" in d for d in complaints()["I1"])


def test_i2_hears_credit_that_went_from_one_team_to_another_unseen(busy):
    other = stage.Account.objects.exclude(id=busy.id).get(team__isnull=False)
    damage(
        "UPDATE billing_transfer SET credit_id = %s WHERE account_id = %s AND sequence = 4",
        [other.id, busy.id],
    )
    found = complaints()
    assert set(found) == {"I2", "I14"}
    assert found["I2"] == ["teams have 152000, the system accounts gave 156000"]


def test_i3_hears_a_line_that_is_missing(busy):
    damage(
        "UPDATE billing_transfer SET sequence = 9 WHERE account_id = %s AND sequence = 4",
        [busy.id],
    )
    found = complaints()
    assert set(found) == {"I3", "I14"}
    assert "line 9 with balance 143000 does not follow line 3" in found["I3"][0]


def test_i3_hears_a_balance_that_does_not_follow(busy):
    damage(
        "UPDATE billing_transfer SET balance_after = balance_after + 1 "
        "WHERE account_id = %s AND sequence = 2",
        [busy.id],
    )
    found = complaints()
    assert set(found) == {"I3", "I14"}
    assert len(found["I3"]) == 2  # the line itself and the one after it


def test_i3_hears_an_account_that_counts_another_number_of_lines(busy):
    damage("UPDATE billing_account SET sequence = 3 WHERE id = %s", [busy.id])
    assert complaints() == {"I3": [f"{busy.id} counts 3 lines, the newest is 4"]}


@pytest.mark.parametrize(
    ("change", "check", "also"),
    [
        ("held = -1", "account_held_not_negative", {"I5"}),
        ("held = posted + 1", "account_above_floor", {"I5"}),
        ("floor = posted + 1", "account_above_floor", set()),
        ("open_count = -1", "account_open_count", {"I5"}),
    ],
)
def test_i4_hears_an_account_below_its_limits(busy, change, check, also):
    damage(f"UPDATE billing_account SET {change} WHERE id = %s", [busy.id], check)
    found = complaints()
    assert set(found) == {"I4"} | also
    assert found["I4"][0].startswith(f"{busy.id}: posted 143000, held ")


@pytest.mark.parametrize("change", ["held = held - 1", "open_count = open_count + 1"])
def test_i5_hears_a_hold_that_no_running_request_explains(busy, change):
    damage(f"UPDATE billing_account SET {change} WHERE id = %s", [busy.id])
    found = complaints()
    assert set(found) == {"I5"}
    assert "the open rows hold 5000 by 1" in found["I5"][0]


def test_i5_hears_a_running_request_that_the_account_forgot(busy):
    damage("UPDATE billing_account SET held = 0, open_count = 0 WHERE id = %s", [busy.id])
    assert complaints() == {
        "I5": [f"{busy.id}: held 0 by 0 requests, the open rows hold 5000 by 1"]
    }


@pytest.mark.parametrize(
    "change", ["reference = 'inference:emb_another'", "occurred_at = '2020-01-01 00:00:00'"]
)
def test_i14_hears_a_line_that_was_changed(busy, change):
    damage(
        f"UPDATE billing_transfer SET {change} WHERE account_id = %s AND sequence = 1", [busy.id]
    )
    assert complaints() == {"I14": [f"{busy.id}: line 1 was changed"]}


def test_i14_hears_a_line_that_was_changed_together_with_its_hash(busy):
    damage(
        "UPDATE billing_transfer SET hash = %s WHERE account_id = %s AND sequence = 2",
        ["0" * 64, busy.id],
    )
    # The line does not fit its hash, and the next one does not follow it.
    assert complaints() == {"I14": [f"{busy.id}: line {n} was changed" for n in (2, 3)]}


def test_i14_hears_an_account_whose_chain_ends_elsewhere(busy):
    damage("UPDATE billing_account SET chain_hash = %s WHERE id = %s", ["0" * 64, busy.id])
    words = "the account's hash is not that of its newest line"
    assert complaints() == {"I14": [f"{busy.id}: {words}"]}


def test_the_last_line_cannot_be_cut_off_unheard(busy):
    damage("DELETE FROM billing_transfer WHERE account_id = %s AND sequence = 4", [busy.id])
    assert {"I1", "I3", "I6", "I8", "I14", "I18"} <= set(complaints())
