"""READY is a promise: it is printed when a request would succeed, and not before."""

from collections.abc import Iterator

import pytest

from tests.stack.fixtures import make_room, ready
from tests.stack.harness import Shape, Stack
from tests.stack.machine import wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


@pytest.fixture
def alone() -> Iterator[Stack]:
    """A stack that is not started yet."""
    make_room()
    stack = Stack(Shape())
    yield stack
    stack.stop()


def test_ready_waits_until_everything_is_there(alone: Stack) -> None:
    """Redis comes late, and a worker that died before READY is replaced like any other."""
    team = alone.prepare()
    alone.launch()
    complaint = "heart.redis_away"  # of a worker that is up and cannot say so
    wait_until(lambda: alone.log_says(complaint) == 1, what="a worker without Redis")
    alone.kill(alone.model_worker())
    before = alone.log_says(complaint)
    wait_until(lambda: alone.log_says(complaint) > before, what="another worker")
    assert ready(alone) == 503
    assert not alone.said_ready
    alone.redis.start()
    wait_until(lambda: alone.said_ready, what="READY")
    assert alone.caller(team).embed("first").status == 200
    alone.settle(team)
