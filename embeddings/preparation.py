"""What comes before the engine: pictures and videos are fetched and decoded ahead, beside it.

Teams take turns. A request is taken up when there is memory for all its pixels, and keeps it
until the engine has read them, so that fetching never runs away from computing.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import structlog
from django.conf import settings

from aurous import metrics
from aurous.kernel.errors import AurousError
from aurous.kernel.pump import Pump
from billing.pricing import Tokens
from embeddings.compute import failed_item
from embeddings.engine.base import Clip, EngineInput, Picture
from embeddings.job_queue import BatchLimits, JobQueue
from embeddings.jobs import Job
from embeddings.media.budget import Budget, BudgetSpent
from embeddings.media.intake import Intake, tokens_read
from embeddings.settlement import missed_deadline
from embeddings.work import MediaItem

log = structlog.get_logger(__name__)
ONE_AT_A_TIME = BatchLimits(tokens_max=0, items_max=1)
OnReady = Callable[[list[Job]], None]


class _Gathering:
    """The media of one job, as they come in. The first failure ends it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._lock = threading.Lock()
        self._found: dict[int, Picture | Clip] = {}
        self._over = False

    @property
    def over(self) -> bool:
        """Whether it failed already: then nothing more is worth reading."""
        return self._over

    def fail(self, error: AurousError) -> bool:
        """True for the first failure."""
        with self._lock:
            first, self._over = not self._over, True
        if first:
            self.job.error = error
        return first

    def add(self, place: int, media: Picture | Clip) -> bool:
        """True when this was the last one that was missing."""
        with self._lock:
            self._found[place] = media
            return not self._over and len(self._found) == len(self.job.item.media)

    @property
    def media(self) -> tuple[Picture | Clip, ...]:
        """All of them, in order."""
        return tuple(self._found[place] for place in sorted(self._found))


class Preparation:
    """Reads the media of one worker's requests; ``on_ready`` gets each job, read or failed."""

    def __init__(self, model: str, on_read: OnReady, on_failed: OnReady) -> None:
        self._on_read = on_read
        self._on_failed = on_failed
        self._intake = Intake()
        self._pixels = Budget(settings.MEDIA_PIXEL_BYTES_MAX)
        threads = settings.MEDIA_THREADS_MAX
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=f"media-{model}")
        # No more requests at once than threads: the others wait where teams take turns.
        self._places = threading.Semaphore(threads)
        self._queue: JobQueue[Job, None] = JobQueue(ONE_AT_A_TIME)
        self._pump: Pump[Job, None] = Pump(
            f"preparation-{model}",
            self._work,
            queue=self._queue,
            queue_items_max=settings.COMPUTE_QUEUE_ITEMS_MAX,
        )

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def waiting_tokens(self) -> int:
        """Tokens that wait to be read."""
        return self._queue.fair.tokens

    @property
    def oldest_s(self) -> float:
        """Seconds that the oldest job has waited to be taken up."""
        return self._queue.fair.oldest(time.monotonic())

    def submit(self, jobs: Sequence[Job]) -> None:
        """Queue jobs with media."""
        for job, future in zip(jobs, self._pump.submit_many(jobs), strict=True):
            future.add_done_callback(partial(self._dropped, job))

    def stop(self, timeout_s: float) -> bool:
        """Read what waits, then end."""
        stopped = self._pump.stop(timeout_s)
        self._threads.shutdown(wait=stopped)
        self._intake.stop()
        return stopped

    def _dropped(self, job: Job, future: "Future[None]") -> None:
        """Its deadline passed in line, or taking it up failed."""
        error = future.exception()
        if error is not None:
            job.error = error if isinstance(error, AurousError) else failed_item()
            self._on_failed([job])

    def _work(self, jobs: list[Job]) -> list[Exception | None]:
        return [self._take_up(job) for job in jobs]

    def _take_up(self, job: Job) -> Exception | None:
        if not self._places.acquire(timeout=max(0.0, job.expires_at - time.monotonic())):
            return missed_deadline()
        bytes_ = sum(item.pixel_bytes_max for item in job.item.media)
        try:
            self._pixels.take(bytes_, deadline=job.expires_at)
        except BudgetSpent:
            self._places.release()
            return missed_deadline()
        job.let_go = partial(self._pixels.give_back, bytes_)
        gathering = _Gathering(job)
        left = _Countdown(len(job.item.media), self._places.release)
        for place, item in enumerate(job.item.media):
            self._threads.submit(self._read, gathering, place, item, left)
        return None

    def _read(self, gathering: _Gathering, place: int, item: MediaItem, left: "_Countdown") -> None:
        try:
            if not gathering.over:
                self._read_one(gathering, place, item)
        finally:
            left.one_done()

    def _read_one(self, gathering: _Gathering, place: int, item: MediaItem) -> None:
        job = gathering.job
        try:
            media = self._intake.read(item, deadline=job.expires_at)
            if tokens_read(media) > item.held_tokens:
                log.error("media.more_than_held", kind=item.kind, hold=job.item.id)
                raise failed_item()
            complete = gathering.add(place, media)
        except Exception as error:
            self._failed(gathering, error)
            return
        if complete:
            job.ready(
                [EngineInput(job.item.token_ids, job.item.dimensions, gathering.media)],
                [count_tokens(job.item.token_ids, gathering.media)],
            )
            self._on_read([job])

    def _failed(self, gathering: _Gathering, error: Exception) -> None:
        if not isinstance(error, AurousError):
            # Its words may hold what a customer sent: only its kind is told.
            log.error("media.failed", reason=type(error).__name__)
            error = failed_item()
        metrics.MEDIA_REFUSED.labels(error.code).inc()
        if gathering.fail(error):
            self._on_failed([gathering.job])


class _Countdown:
    """Calls back when the last of several is done."""

    def __init__(self, count: int, then: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._count = count
        self._then = then

    def one_done(self) -> None:
        with self._lock:
            self._count -= 1
            last = self._count == 0
        if last:
            self._then()


def count_tokens(token_ids: Sequence[int], media: Sequence[Picture | Clip]) -> Tokens:
    """What a request reads, by modality."""
    return Tokens(
        text=len(token_ids),
        visual=sum(tokens_read(m) for m in media if isinstance(m, Picture)),
        video=sum(tokens_read(m) for m in media if isinstance(m, Clip)),
    )
