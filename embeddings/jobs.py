"""A job: one request on its way through a worker's pumps, and its pieces, which are computed."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import numpy as np

from aurous.kernel.errors import AurousError
from billing.pricing import Tokens
from embeddings.engine.base import EngineInput
from embeddings.reply import Vector, Vectors
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
    pieces: "list[Piece]" = field(default_factory=list)  # once media are read; gone when computed
    tokens: Tokens = field(default_factory=Tokens)  # what was read, and is charged
    let_go: Callable[[], None] | None = None  # gives back the memory that its media take
    error: AurousError | None = None
    computed_from: float | None = None  # this process' clock, seconds
    queue_ms: float = 0.0
    compute_ms: float = 0.0
    vectors: Vectors | None = None  # one row for each document, in order, once all are found
    _found: dict[int, Vector] = field(default_factory=dict)
    _pieces_count: int = 0

    @property
    def team_id(self) -> str:
        """Whose turn it takes."""
        return self.item.team_id

    @property
    def weight(self) -> Tokens:
        """What it counts as while its media are not read."""
        return self.item.tokens_max

    @property
    def last(self) -> bool:
        """Nothing of this request stands behind it in a line of jobs."""
        return True

    @property
    def over(self) -> bool:
        """Whether it has failed: then no more of it is worth computing."""
        return self.error is not None

    def ready(self, inputs: Sequence[EngineInput], weights: Sequence[Tokens]) -> None:
        """Everything is read: what the engine gets, and what each of it counts as."""
        self._pieces_count = len(inputs)
        last = len(inputs) - 1
        self.tokens = weights[0] if last == 0 else _sum(weights)
        self.pieces = [
            Piece(self, index, input_, weight, index == last)
            for index, (input_, weight) in enumerate(zip(inputs, weights, strict=True))
        ]

    def computed(self, began: float, ended: float) -> None:
        """The engine worked on some of it, between two moments of this process' clock."""
        if self.computed_from is None:
            self.computed_from = began
            self.queue_ms = (began - self.received_at) * 1_000
        self.compute_ms = (ended - self.computed_from) * 1_000

    def found(self, index: int, result: Vector | AurousError) -> bool:
        """Note what became of a piece. True when that ended the job: with its last vector or
        with its first error. Not for two threads at once.
        """
        if self.over:
            return False
        if isinstance(result, AurousError):
            self.error = result
            return True
        if self._pieces_count == 1:
            self.vectors = result[np.newaxis]
            return True
        self._found[index] = result
        if len(self._found) < self._pieces_count:
            return False
        self.vectors = np.stack([self._found[place] for place in range(self._pieces_count)])
        return True

    def drop_input(self) -> None:
        """The engine needs it no more."""
        for piece in self.pieces:
            piece.input = None  # who still holds the piece must not hold its pixels
        self.pieces = []
        if self.let_go is not None:
            self.let_go()
            self.let_go = None

    def finish(self) -> None:
        """Nobody needs to wait for this job any more."""
        if not self.done.done():
            self.done.set_result(None)


@dataclass(slots=True, eq=False)
class Piece:
    """One document of a job, which becomes one vector: what the engine takes in a batch."""

    job: Job
    index: int
    input: EngineInput | None  # gone once its request is over
    weight: Tokens
    last: bool  # nothing of its request stands behind it: pieces stand in line in their order

    @property
    def team_id(self) -> str:
        """Whose turn it takes."""
        return self.job.item.team_id

    @property
    def expires_at(self) -> float:
        """When its request's deadline passes."""
        return self.job.expires_at

    @property
    def over(self) -> bool:
        """Whether its request has failed: then it is not worth computing."""
        return self.job.error is not None


def _sum(weights: Sequence[Tokens]) -> Tokens:
    return Tokens(
        text=sum(weight.text for weight in weights),
        visual=sum(weight.visual for weight in weights),
        video=sum(weight.video for weight in weights),
    )
