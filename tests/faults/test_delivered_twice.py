"""F5: the broker delivers a message again, at once and when it is long done."""

import json
import uuid

import pytest
import redis

from tests.stack.callers import MODEL, in_background
from tests.stack.harness import Stack
from tests.stack.machine import LIMIT_SECONDS, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
QUEUE = f"embed.{MODEL}"


def deliver_again(broker: redis.Redis, message: bytes) -> str:
    """The same task and content once more, as after a lost acknowledgement; returns its tag."""
    body = json.loads(message)
    tag = body["properties"]["delivery_tag"] = str(uuid.uuid4())
    broker.rpush(QUEUE, json.dumps(body))
    return str(tag)


def test_only_the_first_delivery_does_anything(impatient: Stack) -> None:
    team = impatient.create_team()
    caller = impatient.caller(team)
    broker = impatient.redis.client
    with impatient.worker_stopped():
        answer = in_background(lambda: caller.embed("once", key="f5"))
        wait_until(lambda: broker.llen(QUEUE) == 1, what="the message")
        message = broker.lindex(QUEUE, 0)
        tags = [deliver_again(broker, message) for _ in range(2)]
    first = answer.result(LIMIT_SECONDS)
    assert first.status == 200

    def done() -> bool:
        return not broker.llen(QUEUE) and not any(broker.hmget("unacked", tags))

    wait_until(done, what="the end of the copies")
    tags.append(deliver_again(broker, message))
    wait_until(done, what="the end of the late copy")

    account = impatient.settle(team)
    assert account.statuses == {"settled": 1}
    assert (account.charges, account.charged) == (1, first.charged)
    assert caller.embed("once", key="f5").body == first.body
