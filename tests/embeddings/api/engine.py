"""The stub engine, held up or made to fail from the test."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from embeddings import runtime
from embeddings.engine.stub import Prepared, StubEngine
from embeddings.tokens import token_ids
from tests.embeddings.api.stage import PATIENCE_SECONDS, STUB, until

POISON = "poison"
Spoil = Callable[[Any, Sequence[int]], Any]


class Gate:
    """Nothing passes the engine until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()

    def wait_for_one(self) -> None:
        """Until a batch stands before it."""
        assert self.reached.wait(PATIENCE_SECONDS)

    def wait_for_line(self, items: int) -> None:
        """Until so many requests wait behind that batch."""
        until(lambda: runtime.runtime().transport.backlog(STUB).items == items)

    def open(self) -> None:
        """Let everything through, from now on."""
        self.opened.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The stub engine stands still until ``gate.open()``."""
    made = Gate()
    forward = StubEngine.forward

    def held_up(engine: StubEngine, prepared: Prepared) -> Any:
        made.reached.set()
        made.opened.wait(PATIENCE_SECONDS)
        return forward(engine, prepared)

    monkeypatch.setattr(StubEngine, "forward", held_up)
    yield made
    made.open()


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Callable[[Spoil], None]:
    """``poison(spoil)``: ``spoil(output, rows)`` gets each batch's output and the rows in it that
    belong to the input ``POISON``; it returns another output or raises.
    """
    prepare, forward = StubEngine.prepare, StubEngine.forward
    bad = tuple(token_ids("minilm", POISON))
    rows: dict[int, list[int]] = {}

    def remember(engine: StubEngine, inputs: Sequence[Any]) -> Prepared:
        prepared = prepare(engine, inputs)
        rows[id(prepared)] = [i for i, it in enumerate(inputs) if tuple(it.token_ids) == bad]
        return prepared

    def use(spoil: Spoil) -> None:
        def spoiled(engine: StubEngine, prepared: Prepared) -> Any:
            return spoil(forward(engine, prepared), rows.pop(id(prepared)))

        monkeypatch.setattr(StubEngine, "prepare", remember)
        monkeypatch.setattr(StubEngine, "forward", spoiled)

    return use
