"""A revoked key is refused by every web process soon."""

import pytest

from tests.stack.harness import Stack
from tests.stack.machine import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
REACHES_EVERYONE_SECONDS = 5


def test_revocation_reaches_every_web_process(impatient: Stack) -> None:
    team = impatient.create_team()
    caller = impatient.caller(team)
    connections = [impatient.connect_to(web.pid) for web in impatient.web_workers()]
    for connection in connections:
        assert caller.get_over(connection, "/v1/team").status == 200  # the key is remembered now

    impatient.manage("revoke_key", impatient.key_of(team))

    def refused_everywhere() -> bool:
        answers = [caller.get_over(connection, "/v1/team") for connection in connections]
        return all(answer.code == "revoked_api_key" for answer in answers)

    wait_until(refused_everywhere, limit_s=REACHES_EVERYONE_SECONDS, what="refusals everywhere")
