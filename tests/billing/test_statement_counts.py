"""The number of statements does not grow with the number of requests."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aurous.kernel.ids import new_id
from billing.key_limits import KeyLimits
from billing.starting import start
from tests.billing import stage
from tests.billing.stage import CREDIT, claim, close, releasing, request, settling, take

pytestmark = pytest.mark.usefixtures("db")
MANY = 64


@pytest.fixture
def teams(db):
    """Eight teams with two grants each, so that one team's loop cannot hide in a batch."""
    made = [stage.a_team(CREDIT, name=f"Team {n}") for n in range(8)]
    for team in made:
        stage.grant(team, CREDIT)
    return made


def statements(work, *args):
    """What the work sent to the database, without the savepoints of a test's transaction."""
    with CaptureQueriesContext(
        connection,
    ) as captured:
        result = work(*args)
    sent = [query["sql"] for query in captured.captured_queries]
    return result, [sql for sql in sent if "SAVEPOINT" not in sql]


def requests(teams, number, **more):
    """Of all teams in turn, each with a key of its own."""
    return [
        request(teams[n % len(teams)], 2, api_key_id=f"key_{n}", claim=claim(new_id("k")), **more)
        for n in range(number)
    ]


def taken(teams, number, **more):
    wanted = requests(teams, number, **more)
    outcomes, sent = statements(take, *wanted)
    assert all(isinstance(outcome, stage.Taken) for outcome in outcomes)
    return wanted, len(sent)


@pytest.mark.parametrize("limits", [KeyLimits(), KeyLimits(day=CREDIT)], ids=["", "with limits"])
def test_letting_in_one_and_many_takes_as_many_statements(teams, limits):
    _, of_one = taken(teams, 1, limits=limits)
    _, of_many = taken(teams, MANY, limits=limits)
    assert of_many == of_one <= 8


def test_starting_one_and_many_takes_as_many_statements(teams):
    counts = []
    for number in (1, MANY):
        wanted, _ = taken(teams, number)
        started, sent = statements(start, [one.id for one in wanted])
        assert len(started.seconds_left) == number
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 3


ENDS = {
    "settled in full": lambda r, t: settling(r.id, t, 2, reply=lambda _: b"x"),
    "settled in part": lambda r, t: settling(r.id, t, 1, reply=lambda _: b"x"),
    "released": lambda r, t: releasing(r.id, t),
}


@pytest.mark.parametrize("how", ENDS)
def test_ending_one_and_many_takes_as_many_statements(teams, how):
    by_id = {team.id: team for team in teams}
    counts = []
    for number in (1, MANY):
        wanted, _ = taken(teams, number)
        start([one.id for one in wanted])
        ends = [ENDS[how](one, by_id[one.team_id]) for one in wanted]
        results, sent = statements(close, *ends)
        assert all(isinstance(result, stage.Closed) for result in results)
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 13
