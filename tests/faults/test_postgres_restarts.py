"""F6: PostgreSQL crashes and recovers while requests are let in and settled."""

import pytest

from tests.stack.callers import Load
from tests.stack.fixtures import StackOf
from tests.stack.harness import Shape

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
CALLERS = 16
ENOUGH = 4 * CALLERS
SERVES_AGAIN_SECONDS = 30


def test_what_was_acknowledged_survives_a_crash_of_the_database(stack_of: StackOf) -> None:
    stack = stack_of(Shape(deadline_s=5, private_postgres=True))
    team = stack.create_team()
    load = Load(stack.caller(team), CALLERS)
    load.wait_for(ENOUGH)
    stack.database.restart_immediately()
    load.wait_for(ENOUGH, limit_s=SERVES_AGAIN_SECONDS)
    answers = load.finish()
    account = stack.settle(team)
    assert account.charges == len(answers)
    assert account.charged == sum(answer.charged for answer in answers)
    again = stack.caller(team).embed("load 0", key="load-0-0")
    assert again.replayed
    assert again.body == load.answer("load-0-0").body
