"""The compute pump: batches by tokens and patches, fair between teams, each run once.

What stands in line are pieces: the documents of requests, each of which becomes one vector. A
request of many texts so goes through in many batches, and others take turns in between.
"""

import threading
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
from embeddings.jobs import Job, Piece
from embeddings.reply import Vector
from embeddings.steps import Batch, steps_of

log = structlog.get_logger(__name__)


class Compute:
    """The compute pump of one worker.

    ``on_done`` gets the jobs that a batch ended at once, with their vectors or errors, so that
    they are settled together. A job ends with its last vector or with its first error.
    ``on_broken`` is called when the engine cannot go on.
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
        self._queue: JobQueue[Piece, None] = JobQueue(limits)
        self._noting = threading.Lock()  # pieces of one job may come back in several threads
        self._steps = steps_of(engine, self._take_results)
        self._pump: Pump[Piece, None] = Pump(
            f"compute-{model}",
            self._work,
            queue=self._queue,
            queue_items_max=settings.COMPUTE_QUEUE_PIECES_MAX,
        )

    def __len__(self) -> int:
        """Requests of which something waits."""
        return self._queue.requests

    @property
    def waiting_tokens(self) -> int:
        """Tokens that wait for the engine."""
        return self._queue.fair.tokens

    @property
    def oldest_s(self) -> float:
        """Seconds that the oldest waiting piece has waited."""
        return self._queue.fair.oldest(time.monotonic())

    def submit(self, jobs: Sequence[Job]) -> None:
        """Queue jobs whose input is ready, all or none; each comes back once by ``on_done``."""
        pieces = [piece for job in jobs for piece in job.pieces]
        for piece, future in zip(pieces, self._pump.submit_many(pieces), strict=True):
            future.add_done_callback(partial(self._not_done, piece))

    def stop(self, timeout_s: float) -> bool:
        """Compute what waits, then end."""
        stopped = self._pump.stop(timeout_s)
        if stopped:
            self._steps.stop()
        return stopped

    def _not_done(self, piece: Piece, future: "Future[None]") -> None:
        """A piece that was dropped before the engine saw it."""
        error = future.exception()
        if error is not None:
            self._end([piece], [error if isinstance(error, AurousError) else failed_item()])

    def _work(self, pieces: list[Piece]) -> list[None]:
        # Another thread may have ended a request since its piece was taken.
        wanted = [(piece, input_) for piece in pieces if (input_ := piece.input) is not None]
        if wanted:
            self._steps.run(Batch([piece for piece, _ in wanted], [one for _, one in wanted]))
        return [None] * len(pieces)

    def _take_results(self, batch: Batch, results: Sequence[Vector | Exception]) -> None:
        now = time.monotonic()
        broken = next((result for result in results if isinstance(result, EngineBroken)), None)
        if broken is not None:
            log.error("engine.broken", model=self._model, exc_info=broken)
            self._on_broken()
        self._count(batch.pieces, now - batch.began)
        self._end(batch.pieces, [_public(result) for result in results], batch.began, now)

    def _end(
        self,
        pieces: Sequence[Piece],
        results: Sequence[Vector | AurousError],
        began: float | None = None,
        ended: float = 0.0,
    ) -> None:
        """Jobs that are complete go on to be settled; nobody settles a probe, whoever waits for
        it is told. ``began`` None: the engine never saw these pieces.
        """
        done: list[Job] = []
        with self._noting:
            for piece, result in zip(pieces, results, strict=True):
                job = piece.job
                if began is not None:
                    job.computed(began, ended)
                if job.found(piece.index, result):
                    done.append(job)
        for job in done:
            if job.probe is not None:
                _answer(job.probe, job)
        settled = [job for job in done if job.probe is None]
        if settled:
            self._on_done(settled)

    def _count(self, pieces: Sequence[Piece], seconds: float) -> None:
        tokens = sum(piece.weight.total for piece in pieces)
        metrics.COMPUTE_BATCH_ITEMS.labels(self._model).observe(len(pieces))
        metrics.COMPUTE_BATCH_TOKENS.labels(self._model).observe(tokens)
        metrics.COMPUTE_SECONDS.labels(self._model).observe(seconds)


def _answer(probe: "Future[Vector]", job: Job) -> None:
    if not probe.set_running_or_notify_cancel():
        return
    if job.vectors is None:
        probe.set_exception(job.error)
    else:
        probe.set_result(job.vectors[0])


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
