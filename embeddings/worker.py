"""What a worker is: an engine between its pumps.

intake (queued -> running in the database) | preparation (media are fetched and decoded) |
compute (the engine) | settlement (the ledger). Each batch of one stage runs beside the next batch
of the others; a request without media skips the preparation.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial

import structlog
from django.conf import settings

from aurous.kernel.errors import AurousError
from aurous.kernel.pump import Fifo, Pump, PumpClosed, PumpFull
from billing.pricing import Tokens
from billing.starting import start
from embeddings.catalog import refusal_of_waiting
from embeddings.compute import Compute
from embeddings.engine.base import Engine, EngineInput
from embeddings.job_queue import BatchLimits
from embeddings.jobs import Deliver, Job
from embeddings.preparation import Preparation
from embeddings.reply import Vector
from embeddings.settlement import Settlement
from embeddings.work import WorkItem

log = structlog.get_logger(__name__)
CANARY_TOKENS = (101, 102, 103)  # any three tokens: every vocabulary has them
CANARY_ID = "canary"


class Worker:
    """Serves one model in this process."""

    def __init__(
        self,
        model: str,
        engine: Engine,
        *,
        dimensions: int,
        limits: BatchLimits,
        on_broken: Callable[[], None] = lambda: None,
    ) -> None:
        self.model = model
        self._in_flight = 0
        self._counting = threading.Lock()
        self._dimensions = dimensions  # of the canary
        self._settlement = Settlement(model)
        self._compute = Compute(model, engine, self._settlement.submit, on_broken, limits)
        self._preparation = Preparation(model, self._run, self._settlement.submit)
        self._intake: Pump[Job, None] = Pump(
            f"intake-{model}",
            self._start,
            queue=Fifo(settings.SETTLEMENT_BATCH_ITEMS_MAX),
            queue_items_max=settings.COMPUTE_QUEUE_ITEMS_MAX,
        )

    def submit(self, items: Sequence[WorkItem], deliver: Deliver) -> "list[Future[None]]":
        """Take requests; each future ends when its request is closed and answered.

        Raises ``AurousError`` (503) when the worker is full or stopping.
        """
        jobs = [Job(item, deliver) for item in items]
        try:
            futures = self._intake.submit_many(jobs)
        except (PumpFull, PumpClosed) as error:
            raise _full() from error
        self._count(len(jobs))
        for job, future in zip(jobs, futures, strict=True):
            job.done.add_done_callback(lambda _: self._count(-1))
            future.add_done_callback(partial(_finish_if_failed, job))
        return [job.done for job in jobs]

    def canary(self) -> "Future[Vector]":
        """A vector for a fixed input through the same queue and engine, outside of all money."""
        item = WorkItem(CANARY_ID, CANARY_ID, CANARY_TOKENS, self._dimensions, False)
        answer: Future[Vector] = Future()
        job = Job(item, lambda _: None, probe=answer)
        job.expires_at = time.monotonic() + settings.CANARY_TIMEOUT_SECONDS
        _read_text(job)
        self._compute.submit([job])
        return answer

    @property
    def in_flight(self) -> int:
        """Requests that were taken and are not answered, those that wait among them."""
        return self._in_flight

    @property
    def waiting(self) -> tuple[int, int]:
        """Requests and tokens that wait."""
        preparation, compute = self._preparation, self._compute
        items = len(self._intake) + len(preparation) + len(compute)
        return items, preparation.waiting_tokens + compute.waiting_tokens

    @property
    def oldest_s(self) -> float:
        """How long a request has waited for a stage at the most, in seconds."""
        return max(self._preparation.oldest_s, self._compute.oldest_s)

    def stop(self, timeout_s: float) -> bool:
        """Finish everything that was taken; False where the time did not suffice."""
        ends_at = time.monotonic() + timeout_s
        stages = (self._intake, self._preparation, self._compute, self._settlement)
        stopped = [stage.stop(max(0.0, ends_at - time.monotonic())) for stage in stages]
        return all(stopped)

    def _count(self, more: int) -> None:
        with self._counting:
            self._in_flight += more

    def _start(self, jobs: list[Job]) -> list[None]:
        began = time.monotonic()
        paused = refusal_of_waiting(self.model)
        started = start([job.item.id for job in jobs])
        running: list[Job] = []
        refused: list[Job] = []
        for job in jobs:
            if job.item.id in started.seconds_left:
                job.expires_at = began + started.seconds_left[job.item.id]
                # Started all the same: only who has it may end it, a second delivery must not.
                job.error = None if paused is None else paused()
                (running if paused is None else refused).append(job)
            elif job.item.id in started.refused:
                job.error = _refusal(started.refused[job.item.id])
                job.expires_at = began + settings.HOLD_DEADLINE_SECONDS  # to tell it, at the most
                refused.append(job)
            else:  # a second delivery, or the deadline passed while it waited
                job.finish()
        if refused:
            self._settlement.submit(refused)
        self._prepare([job for job in running if job.item.media])
        texts = [job for job in running if not job.item.media]
        for job in texts:
            _read_text(job)
        self._run(texts)
        return [None] * len(jobs)

    def _prepare(self, jobs: list[Job]) -> None:
        self._pass_on(jobs, self._preparation.submit)

    def _run(self, jobs: list[Job]) -> None:
        self._pass_on(jobs, self._compute.submit)

    def _pass_on(self, jobs: list[Job], submit: Callable[[Sequence[Job]], None]) -> None:
        if not jobs:
            return
        try:
            submit(jobs)
        except (PumpFull, PumpClosed):
            if len(jobs) > 1:  # one of many texts may be what there is no room for
                for job in jobs:
                    self._pass_on([job], submit)
                return
            jobs[0].error = _full()
            self._settlement.submit(jobs)


def _read_text(job: Job) -> None:
    """Text alone is ready as it came."""
    dimensions, documents = job.item.dimensions, job.item.documents
    if len(documents) == 1:
        ids = documents[0]
        job.ready((EngineInput(ids, dimensions),), (Tokens(len(ids)),))
        return
    inputs = [EngineInput(ids, dimensions) for ids in documents]
    job.ready(inputs, [Tokens(text=len(ids)) for ids in documents])


def _finish_if_failed(job: Job, future: "Future[None]") -> None:
    """The database would not start it: it stays queued and the reaper releases it."""
    if future.exception() is not None:
        log.warning("worker.not_started", hold=job.item.id)
        job.finish()


def _full() -> AurousError:
    return AurousError(
        "provider_overloaded",
        "The model's queue is full. Nothing was charged; try again.",
        retry_after_s=2,
    )


def _refusal(code: str) -> AurousError:
    reason = "its key was revoked" if code == "revoked_api_key" else "its team was suspended"
    return AurousError(code, f"The request was stopped because {reason}. Nothing was charged.")
