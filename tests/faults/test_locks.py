"""F13: somebody else holds the team's account for longer than a request may wait."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
import pytest

from tests.stack.harness import Stack
from tests.stack.machine import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
LOCK_ACCOUNT = "SELECT 1 FROM billing_account WHERE id = %s FOR UPDATE"


@contextmanager
def locked(stack: Stack, statement: LiteralString, *parameters: str) -> Iterator[None]:
    """What an operator's forgotten transaction does."""
    with psycopg.connect(stack.database.url) as connection:
        connection.execute(statement, parameters)
        yield


def test_a_locked_account_is_a_503_without_effect(patient: Stack) -> None:
    team = patient.create_team()
    caller = patient.caller(team)
    with locked(patient, LOCK_ACCOUNT, team.id):
        refusal = caller.embed("blocked", key="f13")
    assert refusal.status == 503
    assert refusal.code == "provider_unavailable"
    assert int(refusal.headers["retry-after"]) >= 1
    account = patient.settle(team)
    assert (account.statuses, account.posted) == ({}, 1000)

    answer = caller.embed("blocked", key="f13")
    assert answer.status == 200
    assert not answer.replayed
    account = patient.settle(team)
    assert (account.charges, account.charged) == (1, answer.charged)


def test_a_request_that_was_given_up_in_the_queue_is_not_let_in(impatient: Stack) -> None:
    """Its caller was told 504, nothing charged, while admission was busy with somebody else."""
    busy, team = impatient.create_team(), impatient.create_team()
    web = impatient.web_workers()[0].pid
    with locked(impatient, LOCK_ACCOUNT, busy.id):
        ahead, caller = impatient.caller(busy), impatient.caller(team)
        ahead.send(first := impatient.connect_to(web), "ahead")
        wait_until(impatient.waits_for_lock, what="admission to wait for the lock")
        caller.send(second := impatient.connect_to(web), "in the queue")
        assert caller.receive(second).code == "provider_timeout"
    assert ahead.receive(first).status in {200, 503, 504}
    caller.send(second, "behind it in the same queue")
    assert caller.receive(second).status == 200
    assert impatient.settle(team).statuses == {"settled": 1}


def test_a_request_that_was_given_up_while_it_was_let_in_is_never_charged(
    impatient: Stack,
) -> None:
    """Its caller was told 504, nothing charged, while admission still tried to get a lock."""
    team = impatient.create_team()
    caller = impatient.caller(team)
    # Claims cannot be written, so nobody is let in; everything else can.
    with locked(impatient, "LOCK TABLE accounts_idempotencyclaim IN SHARE MODE"):
        refusal = caller.embed("given up", key="late")
    assert refusal.code == "provider_timeout"
    # Admission gets its lock now, and gives the hold back instead of sending it on.
    wait_until(lambda: impatient.account(team).statuses, what="the late hold")
    account = impatient.settle(team)
    assert account.statuses == {"released": 1}
    assert account.posted == 1000

    answer = caller.embed("given up", key="late")
    assert answer.status == 200
    assert not answer.replayed
    assert impatient.settle(team).charges == 1
