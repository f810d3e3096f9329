"""How long the credit lasts, in words and days."""

import pytest

from billing.outlook import Pace, outlook, pace_of
from tests.billing import stage
from tests.billing.stage import CREDIT


@pytest.mark.parametrize(
    ("available", "week", "said"),
    [
        (80, 14, "Lasts about 40 days at this rate."),
        (2, 14, "Lasts about 1 day at this rate."),
        (1, 14, "Lasts less than a day at this rate."),
        (732, 14, "Lasts more than a year at this rate."),
        (730, 14, "Lasts about 365 days at this rate."),
        (0, 14, "Nothing is left for new requests."),
        (-5, 14, "Nothing is left for new requests."),
        (80, 0, "Nothing was spent in the last 7 days."),
        (80, 6, "Lasts about 93 days at this rate."),
    ],
)
def test_the_sentence(available, week, said):
    assert outlook(available, Pace(0, week), exempt=False) == said


def test_exempt_teams_are_told_so():
    assert outlook(0, Pace(0, 0), exempt=True) == "Requests of this team are not charged."


def test_days_of_an_amount():
    assert Pace(0, 14).days_of(-7) == 0
    assert Pace(0, 14).days_of(7) == 3
    assert Pace(0, 0).days_of(7) is None


@pytest.mark.django_db
def test_the_pace_is_what_the_ledger_charged():
    team, other = stage.a_team(CREDIT), stage.a_team(CREDIT, name="Other")
    stage.spent(team, 7)
    stage.spent(team, 14)
    stage.spent(other, 1_000)
    found = pace_of(team.id, stage.now())
    assert found == Pace(21 * stage.PRICE, 21 * stage.PRICE)
    assert CREDIT - stage.account(team).posted == found.week
