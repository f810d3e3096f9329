"""I18: damage to hours, days and durations is heard; what history books is in order."""

import pytest

from billing.models import UsageRollup, UsageUserDay, UsageUserTotal
from tests.billing import stage
from tests.billing.breaking import damage
from tests.billing.stage import complaints, grant, held, release, spent

pytestmark = pytest.mark.usefixtures("broken_books")


@pytest.fixture
def team(broken_books):
    made = stage.a_team()
    grant(made, 50_000)
    for tokens, user in ((2, "ann"), (3, "ann"), (5, "bob"), (7, "")):
        spent(made, tokens=tokens, user=user)
    release(held(made), made)
    return made


def test_an_hour_and_a_day_have_all_and_each_user_has_a_day(team):
    wide = UsageRollup.objects.filter(status="settled").order_by("width")
    assert [(row.width, row.requests, row.charged_text) for row in wide] == [
        ("day", 4, 17_000),
        ("hour", 4, 17_000),
    ]
    days = UsageUserDay.objects.filter(status="settled").order_by("user")
    assert [(row.user, row.requests, row.charged_text) for row in days] == [
        ("", 1, 7_000),
        ("ann", 2, 5_000),
        ("bob", 1, 5_000),
    ]
    totals = UsageUserTotal.objects.order_by("user")  # with what was released
    assert [(row.user, row.requests, row.charged_text) for row in totals] == [
        ("", 2, 7_000),
        ("ann", 2, 5_000),
        ("bob", 1, 5_000),
    ]
    assert complaints() == {}


CHANGES = [
    "requests = requests + 1",
    "tokens_text = tokens_text + 1",
    "charged_text = charged_text + 1",
    "latency = '900'",
    "parts = 0",
    "parts = parts * 2",
    "{time} = '2020-01-01 00:00:00'",
    "status = 'failed'",
    "model = 'another'",
    "api_key_id = 'key_another'",
]


TOTALS = ("usageusertotal", "day", "\"user\" = 'bob'")
ROWS = [
    ("usagerollup", "start", "width = 'hour'"),
    ("usagerollup", "start", "width = 'day'"),
    ("usageuserday", "day", "\"user\" = 'bob'"),
]


@pytest.mark.parametrize(("table", "time", "which"), ROWS)
@pytest.mark.parametrize("change", CHANGES)
def test_i18_hears_a_sum_that_is_not_that_of_its_minutes(team, table, time, which, change):
    only = f"status = 'settled' AND {which}"
    damage(f"UPDATE billing_{table} SET {change.format(time=time)} WHERE {only}")
    found = complaints()
    assert set(found) == {"I18"}
    assert "its minutes" in found["I18"][0]


@pytest.mark.parametrize(
    "change",
    [
        "requests = requests + 1",
        "charged_text = charged_text + 1",
        "latency = '900'",
        "day = '2020-01-01 00:00:00'",
        "\"user\" = 'ben'",
    ],
)
def test_i18_hears_a_user_whose_day_is_not_that_of_its_minutes(team, change):
    table, _, which = TOTALS
    damage(f"UPDATE billing_{table} SET {change} WHERE {which}")
    assert set(complaints()) == {"I18"}


@pytest.mark.parametrize(("table", "time", "which"), [*ROWS, TOTALS])
def test_i18_hears_a_sum_that_is_missing(team, table, time, which):
    damage(f"DELETE FROM billing_{table} WHERE {which}")
    assert set(complaints()) == {"I18"}


def test_i18_hears_durations_that_the_requests_did_not_take(team):
    damage("UPDATE billing_usagebucket SET latency = '999' WHERE \"user\" = 'ann'")
    found = complaints()
    assert set(found) == {"I18"}
    assert "the durations of the bucket and of the requests" in found["I18"][0]
