"""F7: Redis forgets everything, or dies and comes back empty."""

import pytest

from tests.stack.callers import MODEL, Load, all_of, crowd
from tests.stack.fixtures import ready
from tests.stack.harness import Stack
from tests.stack.machine import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
CALLERS = 16
ENOUGH = 4 * CALLERS


def test_what_was_in_a_forgotten_queue_is_released(impatient: Stack) -> None:
    team = impatient.create_team()
    caller = impatient.caller(team)
    with impatient.worker_stopped():
        answers = crowd(CALLERS, lambda number: caller.embed(f"forgotten {number}"))
        wait_until(
            lambda: impatient.account(team).statuses.get("queued") == CALLERS, what="the holds"
        )
        wait_until(lambda: impatient.redis.client.llen(f"embed.{MODEL}"), what="the messages")
        impatient.redis.client.flushall()
    assert {answer.code for answer in all_of(answers)} == {"provider_timeout"}
    account = impatient.settle(team)
    assert account.statuses == {"released": CALLERS}
    assert account.posted == 1000


def test_flushing_and_restarting_redis_under_load_moves_no_money(impatient: Stack) -> None:
    team = impatient.create_team()
    load = Load(impatient.caller(team), CALLERS)
    load.wait_for(ENOUGH)
    impatient.redis.client.flushall()
    load.wait_for(ENOUGH)
    impatient.redis.kill()
    wait_until(lambda: ready(impatient) == 503, what="red readiness")
    impatient.redis.start()
    wait_until(lambda: ready(impatient) == 200, what="green readiness")
    load.wait_for(ENOUGH)
    answers = load.finish()
    account = impatient.settle(team)
    assert account.charges == len(answers)
    assert account.charged == sum(answer.charged for answer in answers)
