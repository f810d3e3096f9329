"""A job: one request on its way through a worker's pumps."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from aurous.kernel.errors import AurousError
from billing.pricing import Tokens
from embeddings.engine.base import EngineInput
from embeddings.reply import Vector
from embeddings.work import WorkItem, WorkReply

Deliver = Callable[[list[WorkReply]], None]  # gives replies to one web process; must not raise


@dataclass(slots=True)
class Job:
    """What the pumps know of one request. ``done`` is set when nothing more will happen to it."""

    item: WorkItem
    deliver: Deliver
    probe: "Future[Vector] | None" = None  # nobody's request, outside of all money: its answer
    done: "Future[None]" = field(default_factory=Future)
    received_at: float = field(default_factory=time.monotonic)  # this process' clock, seconds
    expires_at: float = 0.0  # likewise; known once the database has started it
    input: EngineInput | None = None  # once its media are read; gone when it was computed
    tokens: Tokens = field(default_factory=Tokens)  # what was read, and is charged
    let_go: Callable[[], None] | None = None  # gives back the memory that ``input`` takes
    vector: Vector | None = None
    error: AurousError | None = None
    queue_ms: float = 0.0
    compute_ms: float = 0.0

    def ready(self, input_: EngineInput, tokens: Tokens) -> None:
        """Everything is read: this is what the engine gets, and what it counts as."""
        self.input, self.tokens = input_, tokens

    def drop_input(self) -> None:
        """The engine needs it no more."""
        self.input = None
        if self.let_go is not None:
            self.let_go()
            self.let_go = None

    def finish(self) -> None:
        """Nobody needs to wait for this job any more."""
        if not self.done.done():
            self.done.set_result(None)
