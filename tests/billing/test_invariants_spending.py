"""I10, I11, I17 and I18: damage to grants, to the days of keys and to usage is heard."""

from datetime import timedelta

import pytest

from accounts import api_keys
from billing.balance import balance_of
from billing.key_limits import KeyLimits
from billing.models import Transfer
from tests.billing import stage
from tests.billing.breaking import damage, without_foreign_keys
from tests.billing.stage import NOBODY, complaints, grant, held, refused, release, spent

pytestmark = pytest.mark.usefixtures("broken_books")


@pytest.fixture
def team(broken_books):
    return stage.a_team()


def test_i10_hears_grants_that_do_not_add_up_to_the_balance(team):
    id_ = grant(team, 5_000)
    damage("UPDATE billing_grant SET remaining = remaining - 1")
    found = complaints()
    assert set(found) == {"I10"}
    assert f"{team.id}: posted 5000, the grants have 4999 left" in found["I10"]
    assert f"{team.id}: {id_} has 4999 left, in order 5000" in found["I10"]


def test_i10_hears_grants_that_were_spent_out_of_order(team):
    first, second = grant(team, 5_000, priority=1), grant(team, 5_000, priority=2)
    spent(team, tokens=2)
    damage("UPDATE billing_grant SET remaining = 5000 WHERE id = %s", [first])
    damage("UPDATE billing_grant SET remaining = 3000 WHERE id = %s", [second])
    found = complaints()
    assert set(found) == {"I10"}
    assert sorted(found["I10"]) == [
        f"{team.id}: {first} has 5000 left, in order 3000",
        f"{team.id}: {second} has 3000 left, in order 5000",
    ]


def test_i10_hears_credit_without_a_grant(team):
    grant(team, 5_000, reference="topup:1")
    without_foreign_keys("billing_grant")
    damage("DELETE FROM billing_grant")
    found = complaints()
    assert set(found) == {"I10"}
    assert f"{team.id}: topup:1 gave credit without a grant" in found["I10"]


def test_i10_hears_an_expiry_of_a_grant_that_does_not_exist(clock):
    team = stage.a_team()
    grant(team, 5_000, expires_at=clock.now + timedelta(hours=1))
    clock.advance(hours=1)
    balance_of(team.id)
    change = "UPDATE billing_transfer SET reference = 'expiry:none:1' WHERE kind = 'expiry'"
    damage(change)
    assert set(complaints()) == {"I10", "I14"}


def test_i11_hears_a_charge_that_only_an_expired_grant_could_have_paid(clock):
    team = stage.a_team()
    id_ = grant(team, 5_000, expires_at=clock.now + timedelta(hours=1))
    taken = spent(team, tokens=2)
    moved = [clock.now - timedelta(hours=1), id_]
    damage("UPDATE billing_grant SET expires_at = %s WHERE id = %s", moved)
    damage("UPDATE billing_account SET next_expiry_at = %s", moved[:1])
    found = complaints()
    assert found["I11"] == [
        f"{team.id}: inference:{taken.id} found 2000 too little in usable grants"
    ]
    assert set(found) == {"I10", "I11"}


@pytest.mark.parametrize("later", [None, timedelta(minutes=61)])
def test_i11_hears_an_account_that_would_overlook_an_expiry(clock, later):
    team = stage.a_team()
    grant(team, 5_000, expires_at=clock.now + timedelta(hours=1))
    expects = clock.now + later if later else None
    damage("UPDATE billing_account SET next_expiry_at = %s WHERE team_id IS NOT NULL", [expects])
    found = complaints()
    assert set(found) == {"I11"}
    assert found["I11"][0].startswith(f"{team.id}: expects the next expiry at")


@pytest.mark.parametrize("change", ["used = used + 1", "day = '2020-01-01 00:00:00'"])
def test_i17_hears_a_key_day_that_its_requests_do_not_explain(team, change):
    grant(team, 5_000)
    spent(team, tokens=2)
    damage(f"UPDATE billing_keyday SET {change}")
    found = complaints()
    assert set(found) == {"I17"}
    assert "counted" in found["I17"][0]


def test_i17_hears_a_key_day_that_is_missing(team):
    grant(team, 5_000)
    held(team, tokens=2)
    damage("DELETE FROM billing_keyday")
    assert set(complaints()) == {"I17"}


LIMITS = ["limit_day_nano", "limit_month_nano", "limit_total_nano"]


@pytest.mark.parametrize("limit", LIMITS)
def test_i17_hears_a_key_over_its_limit(team, limit):
    grant(team, 5_000)
    key = api_keys.create(team.id, name="k", scope="full", actor=NOBODY, **{limit: 3_000}).api_key
    spent(team, tokens=3, api_key_id=key.id)
    assert complaints() == {}
    damage(f"UPDATE accounts_apikey SET {limit} = 2999")
    found = complaints()
    assert set(found) == {"I17"}
    assert f"{key.id} used 3000 on a day" in found["I17"][0]


@pytest.mark.parametrize("limit", LIMITS)
def test_i17_accepts_a_limit_that_was_lowered_below_what_is_spent(team, limit):
    grant(team, 5_000)
    key = api_keys.create(team.id, name="k", scope="full", actor=NOBODY, **{limit: 3_000}).api_key
    spent(team, tokens=3, api_key_id=key.id)
    api_keys.change(team.id, key.id, actor=NOBODY, **{limit: 1_000})
    assert complaints() == {}
    limits = KeyLimits(**{limit.split("_")[1]: 1_000})
    assert refused(team, api_key_id=key.id, limits=limits).code == "key_limit_reached"


BUCKET = [
    "requests = requests + 1",
    "tokens_text = tokens_text + 1",
    "minute = '2020-01-01 00:00:00'",
    "status = 'failed'",
    "model = 'another'",
    "api_key_id = 'key_another'",
    "\"user\" = 'somebody'",
]


@pytest.mark.parametrize("change", BUCKET)
def test_i18_hears_a_bucket_that_does_not_say_what_the_requests_say(team, change):
    grant(team, 5_000)
    spent(team, tokens=2)
    release(held(team), team)
    damage(f"UPDATE billing_usagebucket SET {change} WHERE status = 'settled'")
    assert set(complaints()) == {"I18"}


def test_i18_hears_a_charge_counted_for_another_modality(team):
    grant(team, 5_000)
    spent(team, tokens=2)
    damage("UPDATE billing_usagebucket SET charged_text = 0, charged_visual = 2000")
    assert set(complaints()) == {"I18"}


def test_i18_hears_buckets_that_charged_what_the_ledger_did_not(team):
    grant(team, 5_000)
    spent(team, tokens=2)
    damage("UPDATE billing_usagebucket SET charged_text = charged_text + 1")
    found = complaints()
    assert set(found) == {"I18"}
    assert f"{team.id}: the buckets charged 2001, the ledger 2000" in found["I18"]


def test_at_most_twenty_differences_are_told(team):
    for _ in range(25):
        grant(team, 10)
    damage("UPDATE billing_grant SET remaining = 9")
    assert len(complaints()["I10"]) == 20
    assert Transfer.objects.count() == 25
