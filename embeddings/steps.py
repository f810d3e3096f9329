"""The three steps of an engine over successive batches: one after the other, or overlapping.

An engine whose steps use different hardware overlaps them: while the device computes one batch,
the next is prepared and the one before is copied back and checked.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Queue
from typing import Any, Protocol

import structlog

from embeddings.engine.base import Engine, EngineBroken, EngineInput, Result
from embeddings.jobs import Piece

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Batch:
    """Pieces that are computed together, and what the engine gets of them, in the same order."""

    pieces: list[Piece]
    inputs: list[EngineInput]
    began: float = field(default_factory=time.monotonic)  # when the engine turned to it, seconds


OnResults = Callable[[Batch, Sequence[Result]], None]


class Steps(Protocol):
    """How batches go through an engine. Each comes back once, with a result for each piece."""

    def run(self, batch: Batch) -> None:
        """Take a batch; returns when the next one may come. Never raises."""

    def stop(self) -> None:
        """Finish what was taken."""


def attempt(engine: Engine, inputs: Sequence[EngineInput]) -> Sequence[Result]:
    """All three steps at once. Where they fail for all, each input is tried alone."""
    try:
        return engine.encode(inputs)
    except EngineBroken as error:
        return [error] * len(inputs)
    except Exception as error:
        if len(inputs) == 1:
            log.exception("engine.input_failed", model=engine.slug)
            return [error]
        return [result for one in inputs for result in attempt(engine, [one])]


class InTurn:
    """One batch after the other, in the caller's thread."""

    def __init__(self, engine: Engine, on_results: OnResults) -> None:
        self._engine = engine
        self._on_results = on_results

    def run(self, batch: Batch) -> None:
        """All steps, now."""
        batch.began = time.monotonic()
        self._on_results(batch, attempt(self._engine, batch.inputs))

    def stop(self) -> None:
        """Nothing is ever left."""


class Overlapping:
    """A thread for ``forward`` and one for ``finish``; ``prepare`` is done in the caller's.

    One batch waits before each thread at the most: more would only be chosen too early.
    """

    def __init__(self, engine: Engine, on_results: OnResults) -> None:
        self._engine = engine
        self._on_results = on_results
        self._device = threading.Lock()  # both threads try inputs alone; the device is for one
        self._prepared: Queue[tuple[Batch, Any] | None] = Queue(maxsize=1)
        self._computed: Queue[tuple[Batch, Any] | None] = Queue(maxsize=1)
        self._threads = [
            threading.Thread(target=target, name=f"{name}-{engine.slug}", daemon=True)
            for name, target in (("forward", self._forward), ("finish", self._finish))
        ]
        for thread in self._threads:
            thread.start()

    def run(self, batch: Batch) -> None:
        """Prepare, and hand over as soon as there is room."""
        try:
            prepared = self._engine.prepare(batch.inputs)
        except Exception:
            log.exception("engine.prepare_failed", model=self._engine.slug)
            prepared = None  # the forward thread tries each input alone
        self._prepared.put((batch, prepared))

    def stop(self) -> None:
        """Let both threads finish what stands before them."""
        self._prepared.put(None)
        for thread in self._threads:
            thread.join()

    def _forward(self) -> None:
        while (taken := self._prepared.get()) is not None:
            batch, prepared = taken
            batch.began = time.monotonic()
            try:
                with self._device:
                    output = None if prepared is None else self._engine.forward(prepared)
            except EngineBroken as error:
                self._on_results(batch, [error] * len(batch.pieces))
                continue
            except Exception:
                log.exception("engine.forward_failed", model=self._engine.slug)
                output = None
            if output is None:
                self._on_results(batch, self._attempt(batch))
            else:
                self._computed.put((batch, output))
        self._computed.put(None)

    def _finish(self) -> None:
        while (taken := self._computed.get()) is not None:
            batch, output = taken
            self._on_results(batch, self._finished(batch, output))

    def _finished(self, batch: Batch, output: Any) -> Sequence[Result]:
        try:
            return self._engine.finish(output)
        except EngineBroken as error:  # a GPU tells its faults when its numbers are read
            return [error] * len(batch.pieces)
        except Exception:
            log.exception("engine.finish_failed", model=self._engine.slug)
            return self._attempt(batch)

    def _attempt(self, batch: Batch) -> Sequence[Result]:
        with self._device:
            return attempt(self._engine, batch.inputs)


def steps_of(engine: Engine, on_results: OnResults) -> Steps:
    """What the engine asks for."""
    return (Overlapping if engine.overlaps else InTurn)(engine, on_results)
