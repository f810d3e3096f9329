"""The compute pump: batches by a token budget, fair between teams, and runs the engine once."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial

import structlog
from django.conf import settings

from aurous import metrics
from aurous.kernel.errors import AurousError
from aurous.kernel.pump import Entry, Pump
from embeddings.batching import FairQueue, Waiting, packed_cost
from embeddings.engine.base import Engine, EngineBroken, EngineInput
from embeddings.jobs import Job
from embeddings.reply import Vector
from embeddings.settlement import missed_deadline

log = structlog.get_logger(__name__)


class _JobQueue:
    """The fair queue, as the pump wants it."""

    def __init__(self) -> None:
        self.fair: FairQueue[Entry[Job, Vector]] = FairQueue(packed_cost)

    def push(self, entry: Entry[Job, Vector]) -> None:
        job = entry[0]
        waiting = Waiting(entry, job.item.team_id, job.token_count, job.expires_at)
        self.fair.push(waiting, time.monotonic())

    def take(
        self,
    ) -> tuple[list[Entry[Job, Vector]], list[tuple[Entry[Job, Vector], Exception]]]:
        batch, expired = self.fair.take(
            time.monotonic(),
            tokens_max=settings.COMPUTE_BATCH_TOKENS_MAX,
            items_max=settings.COMPUTE_BATCH_ITEMS_MAX,
        )
        return [w.item for w in batch], [(w.item, missed_deadline()) for w in expired]

    def __len__(self) -> int:
        return len(self.fair)


class Compute:
    """The compute pump of one worker.

    ``on_done`` gets the jobs of each batch at once, with their vectors or errors, so that they
    are settled together. ``on_broken`` is called when the engine cannot go on.
    """

    def __init__(
        self,
        model: str,
        engine: Engine,
        on_done: Callable[[list[Job]], None],
        on_broken: Callable[[], None],
    ) -> None:
        self._model = model
        self._engine = engine
        self._on_done = on_done
        self._on_broken = on_broken
        self._queue = _JobQueue()
        self._pump: Pump[Job, Vector] = Pump(
            f"compute-{model}",
            self._work,
            queue=self._queue,
            queue_items_max=settings.COMPUTE_QUEUE_ITEMS_MAX,
        )

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def waiting_tokens(self) -> int:
        """Tokens that wait for the engine."""
        return self._queue.fair.tokens

    @property
    def oldest_s(self) -> float:
        """Seconds that the oldest waiting job has waited."""
        return self._queue.fair.oldest(time.monotonic())

    def submit(self, jobs: Sequence[Job]) -> None:
        """Queue jobs; all of them come back through ``on_done``."""
        for job, future in zip(jobs, self._pump.submit_many(jobs), strict=True):
            future.add_done_callback(partial(self._not_done, job))

    def probe(self, job: Job) -> "Future[Vector]":
        """Queue a job that is nobody's request; its vector or error comes through the future."""
        return self._pump.submit(job)

    def _not_done(self, job: Job, future: "Future[Vector]") -> None:
        """A job that was dropped, or on which the engine failed outright."""
        error = future.exception()
        if error is not None and job.error is None:
            job.error = error if isinstance(error, AurousError) else failed_item()
            self._on_done([job])

    def stop(self, timeout_s: float) -> bool:
        """Compute what waits, then end."""
        return self._pump.stop(timeout_s)

    def _work(self, jobs: list[Job]) -> list[Vector | AurousError]:
        began = time.monotonic()
        inputs = [EngineInput(job.item.token_ids, job.item.dimensions) for job in jobs]
        results = self._encode(inputs)
        compute_ms = (time.monotonic() - began) * 1_000
        for job, result in zip(jobs, results, strict=True):
            job.queue_ms = (began - job.received_at) * 1_000
            job.compute_ms = compute_ms
            if isinstance(result, AurousError):
                job.error = result
            else:
                job.vector = result
        self._count(jobs, compute_ms)
        done = [job for job in jobs if not job.probe]
        if done:
            self._on_done(done)
        return results

    def _count(self, jobs: Sequence[Job], compute_ms: float) -> None:
        metrics.COMPUTE_BATCH_ITEMS.labels(self._model).observe(len(jobs))
        metrics.COMPUTE_BATCH_TOKENS.labels(self._model).observe(sum(j.token_count for j in jobs))
        metrics.COMPUTE_SECONDS.labels(self._model).observe(compute_ms / 1_000)

    def _encode(self, inputs: Sequence[EngineInput]) -> list[Vector | AurousError]:
        try:
            return [_public(result) for result in self._engine.encode(inputs)]
        except EngineBroken:
            log.exception("engine.broken", model=self._model)
            self._on_broken()
            return [_broken() for _ in inputs]


def _public(result: Vector | Exception) -> Vector | AurousError:
    """A bad item's error as its caller may see it."""
    if not isinstance(result, Exception):
        return result
    if isinstance(result, AurousError):
        return result
    log.error("engine.bad_item", reason=type(result).__name__)
    return failed_item()


def failed_item() -> AurousError:
    """What the caller of a request that the engine could not do is told."""
    return AurousError(
        "internal_error",
        "The model could not make a usable vector of this input. Nothing was charged.",
    )


def _broken() -> AurousError:
    return AurousError(
        "provider_unavailable",
        "The model stopped working and is being restarted. Nothing was charged; try again.",
        retry_after_s=5,
    )
