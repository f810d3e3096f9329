"""F2, F3 and F4: a worker is gone during compute, before the ledger, or before it replied."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.faults import dying_worker
from tests.stack.callers import Load, all_of, in_background
from tests.stack.fixtures import ready
from tests.stack.harness import Stack
from tests.stack.machine import LIMIT_SECONDS, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
CALLERS = 64


def test_a_worker_killed_under_load_is_replaced_and_each_key_is_charged_once(
    impatient: Stack,
) -> None:
    team = impatient.create_team()
    load = Load(impatient.caller(team), CALLERS)
    load.wait_for(CALLERS)
    worker = impatient.model_worker()

    def caught_at_work() -> bool:
        worker.suspend()
        if impatient.account(team).statuses.get("running"):
            return True
        worker.resume()
        return False

    wait_until(caught_at_work, what="a request that runs")
    wait_until(lambda: ready(impatient) == 503, what="red readiness")
    impatient.kill(worker)
    wait_until(lambda: ready(impatient) == 200, what="green readiness")
    assert impatient.model_worker().pid != worker.pid
    load.wait_for(CALLERS)

    answers = load.finish()
    account = impatient.settle(team)
    assert account.charges == len(answers)
    assert account.charged == sum(answer.charged for answer in answers)
    assert account.statuses["released"] > 0


@contextmanager
def only_worker(stack: Stack, *step: str) -> Iterator[None]:
    """Have requests go to a worker that dies; on leaving, it is dead and the usual one goes on."""
    with stack.worker_stopped():
        dying = stack.python("-m", "tests.faults.dying_worker", *step)
        try:
            wait_until(lambda: stack.takes_messages(dying.pid), what="the worker that will die")
            yield
            assert dying.wait(LIMIT_SECONDS) == dying_worker.DIED
        except subprocess.TimeoutExpired:
            pytest.fail("the worker lived on")
        finally:
            dying.kill()
            dying.wait()


def test_work_that_was_done_but_never_settled_is_released(impatient: Stack) -> None:
    team = impatient.create_team()
    caller = impatient.caller(team)
    with only_worker(impatient, "before-settlement"):
        answer = in_background(lambda: caller.embed("half done", key="f3"))
    assert impatient.account(team).statuses == {"running": 1}
    assert answer.result(LIMIT_SECONDS).code == "provider_timeout"
    account = impatient.settle(team)
    assert account.statuses == {"released": 1}
    assert account.posted == 1000

    again = caller.embed_until_answered("half done", key="f3")
    account = impatient.settle(team)
    assert account.statuses == {"released": 1, "settled": 1}
    assert (account.charges, account.charged) == (1, again.charged)


def test_nobody_pays_for_an_answer_that_the_worker_took_along(impatient: Stack) -> None:
    team = impatient.create_team()
    caller = impatient.caller(team)
    with only_worker(impatient, "before-reply", "2"):
        keyed = in_background(lambda: caller.embed("lost", key="f4"))
        bare = in_background(lambda: caller.embed("lost"))
    answer, refusal = all_of([keyed, bare])
    # With a key the answer is stored beside the charge; without one the charge is given back.
    assert answer.status == 200
    assert not answer.replayed
    assert refusal.code == "provider_timeout"
    account = impatient.settle(team)
    assert account.statuses == {"settled": 2}
    assert account.posted == 1000 - answer.charged

    retry = caller.embed("lost", key="f4")
    assert retry.replayed
    assert retry.body == answer.body
    assert impatient.settle(team).posted == account.posted
