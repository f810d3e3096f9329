"""In the production shape the `ops` worker delivers what a web process caused."""

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kernel.outbound.servers import Server, Visit, ok
from tests.stack.fixtures import StackOf
from tests.stack.harness import Shape, Stack
from tests.stack.machine import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


@pytest.fixture
def server() -> Iterator[Server]:
    """A customer's endpoint."""

    def script(visit: Visit) -> None:
        visit.head()
        visit.say(ok(b""))

    made = Server(script)
    yield made
    made.stop()


def create_endpoint(stack: Stack, key: str, url: str) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    body = json.dumps({"url": url, "events": ["usage.balance_exhausted"]})
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection.request("POST", "/v1/webhook_endpoints", body, headers)
    answer = connection.getresponse()
    assert answer.status == 201
    made: dict[str, Any] = json.loads(answer.read())
    connection.close()
    return made


def test_a_refused_request_is_told_once(stack_of: StackOf, server: Server) -> None:
    hosts = {"AUROUS_WEBHOOK_DEV_HOSTS": f"127.0.0.1:{server.port}"}
    stack = stack_of(Shape(web_processes=1, deadline_s=30, env=hosts))
    team = stack.create_team("0")
    create_endpoint(stack, team.api_key, f"http://127.0.0.1:{server.port}/in")
    for _ in range(3):
        assert stack.caller(team).embed("x").code == "balance_too_low"

    wait_until(lambda: server.requests, what="the message")
    (head,) = server.requests
    assert b"aurous-webhook-signature: t=" in head.lower()
