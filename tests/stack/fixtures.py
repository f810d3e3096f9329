"""One stack at a time, shared by the tests that want the same shape."""

import http.client
from collections.abc import Callable, Iterator

import pytest

from tests.stack.harness import Shape, Stack
from tests.stack.machine import wait_until

StackOf = Callable[[Shape], Stack]


class _Stage:
    """The stack that runs now, if any."""

    def __init__(self) -> None:
        self._stack: Stack | None = None

    def stack_of(self, shape: Shape) -> Stack:
        """A running stack of this shape that would serve a request."""
        if self._stack is None or self._stack.shape != shape or self._stack.ended:
            self.close()
            self._stack = Stack(shape)
            self._stack.start()
        stack = self._stack
        wait_until(lambda: ready(stack) == 200, what="readiness")
        return stack

    def close(self) -> None:
        """End what runs."""
        stack, self._stack = self._stack, None
        if stack is not None:
            stack.stop()


def ready(stack: Stack) -> int:
    """The status of the readiness probe, 0 where nothing answers."""
    connection = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


_stage = _Stage()


def make_room() -> None:
    """End the shared stack: two at once would only wait for each other."""
    _stage.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that share a stack run one after the other, and before all others: they take longest
    and mostly wait, while other processes of the test run do the rest.
    """
    items.sort(key=_stack_wanted)


def _stack_wanted(item: pytest.Item) -> int:
    names = getattr(item, "fixturenames", ())
    stacks = ("impatient", "patient", "stack_of")
    return next((at for at, name in enumerate(stacks) if name in names), len(stacks))


@pytest.fixture(scope="session")
def stack_of() -> Iterator[StackOf]:
    """``stack_of(shape)``; only one stack runs at a time."""
    yield _stage.stack_of
    _stage.close()


@pytest.fixture
def impatient(stack_of: StackOf) -> Stack:
    """Two web processes and a short deadline: for what must end by itself."""
    return stack_of(Shape(web_processes=2, deadline_s=5))


@pytest.fixture
def patient(stack_of: StackOf) -> Stack:
    """One web process and the usual deadline: for what must be answered."""
    return stack_of(Shape(web_processes=1, deadline_s=30))
