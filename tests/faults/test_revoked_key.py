"""F15: the key is revoked after the hold was taken and before a worker starts."""

import pytest

from tests.stack.callers import in_background
from tests.stack.harness import Stack
from tests.stack.machine import LIMIT_SECONDS, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


def test_a_request_of_a_revoked_key_is_released(impatient: Stack) -> None:
    team = impatient.create_team()
    caller = impatient.caller(team)
    with impatient.worker_stopped():
        answer = in_background(lambda: caller.embed("too late", key="f15"))
        wait_until(lambda: impatient.account(team).statuses.get("queued") == 1, what="the hold")
        impatient.manage("revoke_key", impatient.key_of(team))
    refusal = answer.result(LIMIT_SECONDS)
    assert (refusal.status, refusal.code) == (401, "revoked_api_key")
    account = impatient.settle(team)
    assert account.statuses == {"released": 1}
    assert account.posted == 1000
