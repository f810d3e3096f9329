"""F1 and F4: a web process is gone before its request was sent on, or before it was answered."""

import pytest

from tests.faults import dying_web
from tests.stack.callers import in_background
from tests.stack.harness import Stack
from tests.stack.machine import LIMIT_SECONDS, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


def test_a_web_process_that_dies_before_publishing_costs_nothing(impatient: Stack) -> None:
    team = impatient.create_team()
    caller = impatient.caller(team)
    script = ("-m", "tests.faults.dying_web", team.api_key, "f1", "never sent")
    assert impatient.python(*script).wait(LIMIT_SECONDS) == dying_web.DIED
    account = impatient.account(team)
    assert account.statuses == {"queued": 1}
    assert account.held > 0
    assert caller.embed("never sent", key="f1").code == "idempotency_key_in_use"

    account = impatient.settle(team)  # by the reaper: nobody else knows of it
    assert account.statuses == {"released": 1}
    assert account.posted == 1000

    answer = caller.embed_until_answered("never sent", key="f1")
    assert not answer.replayed
    account = impatient.settle(team)
    assert (account.charges, account.charged) == (1, answer.charged)


def test_the_answer_that_a_killed_web_process_took_along_is_kept(impatient: Stack) -> None:
    team = impatient.create_team()
    caller = impatient.caller(team)
    with impatient.worker_stopped():
        lost = in_background(lambda: caller.embed("orphaned", key="f4"))
        wait_until(lambda: impatient.account(team).open == 1, what="the hold")
        impatient.kill(*impatient.web_workers())
        assert lost.result(LIMIT_SECONDS).status == 0
    wait_until(lambda: impatient.account(team).charges == 1, what="the settlement")

    retries = [caller.embed_until_answered("orphaned", key="f4") for _ in range(2)]
    assert all(answer.replayed for answer in retries)
    assert impatient.settle(team).charges == 1
    # The body names nothing of its request: a fresh one for the same text has the same bytes.
    fresh = caller.embed("orphaned")
    assert {answer.body for answer in retries} == {fresh.body}
    assert impatient.settle(team).charges == 2
