"""The last pump: ends requests in the ledger, then tells whoever waits for them.

The durable step always comes before the answer. While the database is away the pump keeps
trying for as long as the requests could still be settled; after that the reaper releases them.
"""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

import structlog
from django.conf import settings

from aurous import metrics
from aurous.kernel.errors import AurousError
from aurous.kernel.pump import Fifo, Pump
from billing.closing import Closed, End, Lost, close
from billing.models import HoldStatus
from billing.pricing import Cost
from embeddings.jobs import Deliver, Job
from embeddings.reply import EmbeddingReply, pack
from embeddings.work import WorkReply

log = structlog.get_logger(__name__)
RETRY_FIRST_SECONDS = 0.1
RETRY_LONGEST_SECONDS = 1.0


def missed_deadline() -> AurousError:
    """What the caller of a request that came too late is told."""
    return AurousError(
        "provider_timeout",
        "The answer was not ready before the deadline. Nothing was charged; try again.",
    )


class Settlement:
    """The settlement pump of one worker."""

    def __init__(self, model: str) -> None:
        self._model = model
        self._stopping = threading.Event()
        self._pump: Pump[Job, None] = Pump(
            f"settlement-{model}",
            self._work,
            queue=Fifo(settings.SETTLEMENT_BATCH_ITEMS_MAX),
            queue_items_max=2 * settings.COMPUTE_QUEUE_ITEMS_MAX,
        )

    def submit(self, jobs: Sequence[Job]) -> None:
        """Queue jobs that have vectors or an error; what they were made of is needed no more."""
        for job in jobs:
            job.drop_input()
        self._pump.submit_many(jobs)

    def stop(self, timeout_s: float) -> bool:
        """Settle what waits, then end."""
        return self._pump.stop(timeout_s)

    def _work(self, jobs: list[Job]) -> list[None]:
        began = time.monotonic()
        try:
            results = self._close(jobs)
            settle_ms = (time.monotonic() - began) * 1_000
            metrics.SETTLEMENT_BATCH_ITEMS.observe(len(jobs))
            metrics.SETTLEMENT_SECONDS.observe(settle_ms / 1_000)
            self._tell(jobs, results, settle_ms)
        finally:
            for job in jobs:
                job.finish()
        return [None] * len(jobs)

    def _close(self, jobs: Sequence[Job]) -> Sequence[Closed | Lost]:
        """Close in the ledger, patiently: giving up early would throw finished work away."""
        ends = [self._end(job) for job in jobs]
        give_up_at = max(job.expires_at for job in jobs)
        pause_s = RETRY_FIRST_SECONDS
        while True:
            try:
                return close(ends)
            except AurousError as error:
                if time.monotonic() + pause_s >= give_up_at:
                    log.error("settlement.given_up", items=len(jobs), code=error.code)
                    return [Lost(job.item.id) for job in jobs]
            except Exception:
                if len(jobs) == 1:
                    log.exception("settlement.failed", hold=jobs[0].item.id)
                    return [Lost(jobs[0].item.id)]
                return [result for job in jobs for result in self._close([job])]
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, RETRY_LONGEST_SECONDS)

    def _end(self, job: Job) -> End:
        item, error = job.item, job.error
        details = {"queue_ms": round(job.queue_ms), "compute_ms": round(job.compute_ms)}
        if error is not None:
            status = HoldStatus.FAILED if error.code == "internal_error" else HoldStatus.RELEASED
            return End(item.id, item.team_id, status, error_code=error.code, details=details)
        keep = self._keeper(job) if item.keep_reply else None
        settled = HoldStatus.SETTLED
        return End(item.id, item.team_id, settled, job.tokens, reply=keep, details=details)

    def _keeper(self, job: Job) -> Callable[[Cost], bytes]:
        assert job.vectors is not None
        vectors, tokens = job.vectors, job.tokens
        return lambda charged: pack(EmbeddingReply(self._model, vectors, tokens, charged))

    def _tell(
        self, jobs: Sequence[Job], results: Sequence[Closed | Lost], settle_ms: float
    ) -> None:
        """One delivery for each waiting process."""
        outgoing: dict[Deliver, list[WorkReply]] = defaultdict(list)
        for job, result in zip(jobs, results, strict=True):
            self._count(job, result)
            outgoing[job.deliver].append(self._reply(job, result, settle_ms))
        for deliver, replies in outgoing.items():
            deliver(replies)

    def _reply(self, job: Job, result: Closed | Lost, settle_ms: float) -> WorkReply:
        if job.error is not None:
            return WorkReply(job.item.id, job.error)
        if not isinstance(result, Closed):
            return WorkReply(job.item.id, missed_deadline())
        timings = {"queue": job.queue_ms, "compute": job.compute_ms, "settle": settle_ms}
        return WorkReply(job.item.id, None, job.vectors, job.tokens, result.charged, timings)

    def _count(self, job: Job, result: Closed | Lost) -> None:
        if isinstance(result, Lost):
            metrics.LATE_RESULTS.labels(self._model).inc()
        elif job.error is None:
            metrics.REQUESTS_SETTLED.labels(self._model).inc()
        else:
            metrics.REQUESTS_RELEASED.labels(self._model, job.error.code).inc()
