"""The compute pump: batches by tokens and patches, fair between teams, each run once."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial

import structlog
from django.conf import settings

from aurous import metrics
from aurous.kernel.errors import AurousError
from aurous.kernel.pump import Pump
from embeddings.engine.base import Engine, EngineBroken
from embeddings.job_queue import BatchLimits, JobQueue
from embeddings.jobs import Job
from embeddings.reply import Vector
from embeddings.steps import Batch, steps_of

log = structlog.get_logger(__name__)


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
        limits: BatchLimits,
    ) -> None:
        self._model = model
        self._on_done = on_done
        self._on_broken = on_broken
        self._queue: JobQueue[None] = JobQueue(limits)
        self._steps = steps_of(engine, self._take_results)
        self._pump: Pump[Job, None] = Pump(
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
        """Queue jobs whose input is ready; all of them come back through ``on_done``."""
        for job, future in zip(jobs, self._pump.submit_many(jobs), strict=True):
            future.add_done_callback(partial(self._not_done, job))

    def stop(self, timeout_s: float) -> bool:
        """Compute what waits, then end."""
        stopped = self._pump.stop(timeout_s)
        if stopped:
            self._steps.stop()
        return stopped

    def _not_done(self, job: Job, future: "Future[None]") -> None:
        """A job that was dropped before the engine saw it."""
        error = future.exception()
        if error is not None and job.error is None:
            self._end([job], [error if isinstance(error, AurousError) else failed_item()])

    def _work(self, jobs: list[Job]) -> list[None]:
        inputs = [job.input for job in jobs if job.input is not None]
        assert len(inputs) == len(jobs)
        self._steps.run(Batch(jobs, inputs))
        return [None] * len(jobs)

    def _take_results(self, batch: Batch, results: Sequence[Vector | Exception]) -> None:
        compute_ms = (time.monotonic() - batch.began) * 1_000
        for job in batch.jobs:
            job.queue_ms = (batch.began - job.received_at) * 1_000
            job.compute_ms = compute_ms
        broken = next((result for result in results if isinstance(result, EngineBroken)), None)
        if broken is not None:
            log.error("engine.broken", model=self._model, exc_info=broken)
            self._on_broken()
        self._count(batch.jobs, compute_ms)
        self._end(batch.jobs, [_public(result) for result in results])

    def _end(self, jobs: Sequence[Job], results: Sequence[Vector | AurousError]) -> None:
        """Jobs go on to be settled; nobody settles a probe, whoever waits for it is told."""
        for job, result in zip(jobs, results, strict=True):
            if isinstance(result, AurousError):
                job.error = result
            else:
                job.vector = result
            if job.probe is not None:
                _answer(job.probe, result)
        done = [job for job in jobs if job.probe is None]
        if done:
            self._on_done(done)

    def _count(self, jobs: Sequence[Job], compute_ms: float) -> None:
        metrics.COMPUTE_BATCH_ITEMS.labels(self._model).observe(len(jobs))
        metrics.COMPUTE_BATCH_TOKENS.labels(self._model).observe(sum(j.tokens.total for j in jobs))
        metrics.COMPUTE_SECONDS.labels(self._model).observe(compute_ms / 1_000)


def _answer(probe: "Future[Vector]", result: Vector | AurousError) -> None:
    if not probe.set_running_or_notify_cancel():
        return
    if isinstance(result, AurousError):
        probe.set_exception(result)
    else:
        probe.set_result(result)


def _public(result: Vector | Exception) -> Vector | AurousError:
    """A bad item's error as its caller may see it."""
    if not isinstance(result, Exception):
        return result
    if isinstance(result, AurousError):
        return result
    if isinstance(result, EngineBroken):
        return _broken()
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
