"""SIGTERM: whoever was let in is answered, and nothing is left."""

import psutil
import pytest

from tests.stack.callers import NO_ANSWER, Load, all_of, crowd
from tests.stack.harness import Stack
from tests.stack.machine import listens, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
CALLERS = 64


def test_sigterm_answers_everyone_who_was_let_in(patient: Stack) -> None:
    team = patient.create_team()
    caller = patient.caller(team)
    idle = caller.connect()  # keeps its connection open and sends nothing
    with patient.worker_stopped():
        answers = crowd(CALLERS, lambda number: caller.embed(f"draining {number}"))
        wait_until(lambda: patient.account(team).statuses.get("queued") == CALLERS, what="64 holds")
        patient.ask_to_stop()
        wait_until(lambda: not listens(patient.port), what="the door to close")
    assert caller.embed("too late").status == NO_ANSWER
    assert {answer.status for answer in all_of(answers)} == {200}
    assert patient.wait_end() == 0
    assert patient.left() == []
    idle.close()
    account = patient.settle(team)
    assert account.charges == CALLERS


def test_a_worker_that_is_asked_to_end_finishes_what_it_has(impatient: Stack) -> None:
    """Until the next one is there requests are refused before any hold; none is let down.

    The next one is kept from starting, so that what was left for it would be seen.
    """
    team = impatient.create_team()
    load = Load(impatient.caller(team), CALLERS)
    load.wait_for(CALLERS)
    supervisor = psutil.Process(impatient.process.pid)
    worker = impatient.model_worker()
    supervisor.suspend()
    try:
        worker.terminate()
        wait_until(lambda: worker.status() == psutil.STATUS_ZOMBIE, what="its end")
        assert set(impatient.account(team).statuses) == {"settled"}
    finally:
        supervisor.resume()
    load.wait_for(CALLERS)
    answers = load.finish()
    account = impatient.settle(team)
    assert account.statuses == {"settled": len(answers)}
