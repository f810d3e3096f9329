"""F8: the clocks of the machines are ten minutes wrong, each in its own direction."""

import json
from pathlib import Path

import pytest

from tests.faults import dying_web
from tests.stack.callers import MODEL, in_background
from tests.stack.fixtures import StackOf
from tests.stack.harness import Shape, Stack
from tests.stack.machine import LIMIT_SECONDS, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
DEADLINE_SECONDS = 5
WRONG_SECONDS = 600
# By a word of the command line. Who takes messages is ahead of those who sent them.
CLOCKS = {
    "granian": -WRONG_SECONDS,
    " beat ": -WRONG_SECONDS,
    f"worker {MODEL}": WRONG_SECONDS,
    "--queues=ops": WRONG_SECONDS,
}
PYTHON_PATH = Path(__file__).parent / "shifted_clock"


@pytest.fixture
def wrong_clocks(stack_of: StackOf) -> Stack:
    env = {"PYTHONPATH": str(PYTHON_PATH), "SHIFTED_CLOCKS": json.dumps(CLOCKS)}
    return stack_of(Shape(deadline_s=DEADLINE_SECONDS, env=env))


def test_only_the_clock_of_the_database_decides(wrong_clocks: Stack) -> None:
    stack = wrong_clocks
    assert stack.web_clock_ahead_s() < -WRONG_SECONDS / 2
    team = stack.create_team()
    caller = stack.caller(team)
    first = caller.embed("what time is it", key="f8")
    assert first.status == 200
    again = caller.embed("what time is it", key="f8")
    assert again.replayed
    assert again.body == first.body

    with stack.worker_stopped():
        late = in_background(lambda: caller.embed("too late"))
        wait_until(lambda: stack.account(team).open == 1, what="the hold")
        ((total, left),) = stack.execute(
            "SELECT extract(epoch FROM deadline_at - created_at)::float, "
            "extract(epoch FROM deadline_at - clock_timestamp())::float "
            "FROM embeddings_inference WHERE team_id = %s AND status = 'queued'",
            team.id,
        )
        assert total == DEADLINE_SECONDS
        assert 0 < left <= DEADLINE_SECONDS  # neither long over nor far away
        assert late.result(LIMIT_SECONDS).code == "provider_timeout"
    ((ended_late,),) = stack.execute(
        "SELECT ended_at > deadline_at FROM embeddings_inference "
        "WHERE team_id = %s AND status = 'released'",
        team.id,
    )
    assert ended_late
    account = stack.settle(team)
    assert (account.charges, account.charged) == (1, first.charged)


def test_the_reaper_runs_by_the_clock_of_the_database(wrong_clocks: Stack) -> None:
    """Its clock and its worker disagree by twenty minutes."""
    stack = wrong_clocks
    team = stack.create_team()
    script = ("-m", "tests.faults.dying_web", team.api_key, "f8", "never sent")
    assert stack.python(*script).wait(LIMIT_SECONDS) == dying_web.DIED
    assert stack.account(team).statuses == {"queued": 1}
    assert stack.settle(team).statuses == {"released": 1}
