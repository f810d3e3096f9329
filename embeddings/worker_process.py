"""What a worker process is around its ``Worker``: the way back, signs of life, the canary, the end.

One process serves one model. It is made in Celery's ``worker_init`` (with ``-P threads`` there
is no other hook) by ``embeddings.management.commands.worker``.
"""

import gc
import os
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from functools import lru_cache, partial

import redis
import structlog
from celery.exceptions import Reject
from django.conf import settings

from aurous import metrics
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from aurous.kernel.pump import Fifo, Pump, PumpClosed, PumpFull
from embeddings.batch_limits import batch_limits
from embeddings.catalog import loadable_entry
from embeddings.engine.hardware import resolve_device
from embeddings.engine.load import load
from embeddings.jobs import Deliver
from embeddings.reply import Vector
from embeddings.transport.base import Backlog
from embeddings.transport.beats import STALE_SECONDS, Client, drop_beat, write_beat
from embeddings.transport.replies import REPLY_EXPIRY_SECONDS, messages_of, reply_list
from embeddings.work import WorkItem, WorkReply
from embeddings.worker import Worker

log = structlog.get_logger(__name__)
DELIVER_PAUSE_SECONDS = 0.3
DELIVERIES_MAX = 10_000
# From the farewell until no web process believes in this worker any more, and what it sent in
# that belief has arrived.
FAREWELL_SECONDS = STALE_SECONDS + 0.5
EXIT_BROKEN = 70  # the supervisor starts a fresh process


class WorkerProcess:
    """The one worker of this process, with its heart."""

    def __init__(self, model: str) -> None:
        entry = loadable_entry(model)
        engine = load(entry.engine, entry.slug)
        engine.warm_up()
        self.model = model
        self._id = new_id("worker")
        self._host = f"{socket.gethostname()}:{os.getpid()}"
        self._device = resolve_device(settings.AUROUS_DEVICE)
        self._redis: Client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=3, socket_connect_timeout=2
        )
        self._worker = Worker(
            model,
            engine,
            dimensions=entry.default_dimensions,
            limits=batch_limits(entry.engine),
            on_broken=self._exit_soon,
        )
        self._leaving = threading.Event()  # no more signs of life
        self._stopping = threading.Event()
        self._deliveries: Pump[tuple[str, bytes], None] = Pump(
            f"deliveries-{model}",
            self._send,
            queue=Fifo(DELIVERIES_MAX),
            queue_items_max=DELIVERIES_MAX,
        )
        self._heart = threading.Thread(target=self._beat, name="heart", daemon=True)
        self._proved_at = float("-inf")
        self.deliver_to: Callable[[str], Deliver] = lru_cache(maxsize=1_024)(self._deliver_to)

    def start(self) -> None:
        """Prove that the engine answers, then say so at once and once a second."""
        self._prove()
        self._heart.start()
        gc.collect()
        gc.freeze()  # what is loaded now stays: the collector need not walk it again

    def leave(self) -> None:
        """Say farewell, and return when whoever had not heard it has sent what it would send.

        Messages are still taken meanwhile: they would wait for the next worker, perhaps longer
        than their requests may.
        """
        self._leaving.set()
        self._heart.join(FAREWELL_SECONDS)
        self._stopping.wait(FAREWELL_SECONDS)

    def stop(self) -> None:
        """Finish what was taken."""
        self._leaving.set()
        self._stopping.set()
        if not self._worker.stop(settings.LONGEST_DEADLINE_SECONDS):
            log.error("worker.stopped_unfinished", model=self.model)
        self._deliveries.stop(settings.HOLD_DEADLINE_SECONDS)

    def embed(self, reply_to: str, items: Sequence[WorkItem]) -> None:
        """Take a group and return when all of it is closed and answered."""
        try:
            done = self._worker.submit(items, self.deliver_to(reply_to))
        except AurousError as error:  # stopping: another worker shall have it
            raise Reject(error.code, requeue=True) from error
        wait(done)

    def canary(self, reply_to: str, canary_id: str) -> None:
        """Answer whether the engine still makes good vectors."""
        deliver = self.deliver_to(reply_to)

        def answer(future: "Future[Vector]") -> None:
            failed = future.exception() is not None
            error = AurousError("provider_unavailable", "The canary failed.") if failed else None
            deliver([WorkReply(canary_id, error)])

        self._worker.canary().add_done_callback(answer)

    def _deliver_to(self, reply_to: str) -> Deliver:
        return partial(self._deliver, reply_list(reply_to))

    def _deliver(self, key: str, replies: list[WorkReply]) -> None:
        """Send at once, or while Redis is away from a thread that may wait for it.

        What is lost all the same is made good by the process that waits for the answer.
        """
        for message in messages_of(replies, settings.WORK_MESSAGE_BYTES_MAX):
            delivery = (key, message)
            try:
                self._write([delivery])
            except redis.RedisError:
                self._send_later(delivery)

    def _send_later(self, delivery: tuple[str, bytes]) -> None:
        try:
            self._deliveries.submit(delivery)
        except (PumpFull, PumpClosed):
            log.error("replies.dropped")

    def _send(self, deliveries: list[tuple[str, bytes]]) -> list[None]:
        """Keep trying for as long as somebody can be waiting."""
        give_up_at = time.monotonic() + settings.LONGEST_DEADLINE_SECONDS
        while True:
            try:
                self._write(deliveries)
            except redis.RedisError as error:
                log.warning("replies.not_sent", reason=type(error).__name__)
                if time.monotonic() > give_up_at or self._stopping.wait(DELIVER_PAUSE_SECONDS):
                    return [None] * len(deliveries)
            else:
                return [None] * len(deliveries)

    def _write(self, deliveries: Sequence[tuple[str, bytes]]) -> None:
        pipe = self._redis.pipeline(transaction=False)
        for key, message in deliveries:
            pipe.rpush(key, message)
            pipe.expire(key, REPLY_EXPIRY_SECONDS)
        pipe.execute()

    def _beat(self) -> None:
        while not self._leaving.is_set():
            self._beat_once()
            self._leaving.wait(settings.WORKER_BEAT_SECONDS)
        self._farewell()

    def _beat_once(self) -> None:
        try:
            if time.monotonic() - self._proved_at > settings.CANARY_SECONDS:
                self._prove()
            self._say()
        except redis.RedisError as error:
            log.warning("heart.redis_away", reason=type(error).__name__)
        except Exception:
            log.exception("heart.canary_failed", model=self.model)

    def _prove(self) -> None:
        """A canary through the queue; without it the next beat stays out and readiness is red."""
        self._worker.canary().result(settings.CANARY_TIMEOUT_SECONDS)
        self._proved_at = time.monotonic()

    def _say(self) -> None:
        items, tokens = self._worker.waiting
        oldest_s = self._worker.oldest_s
        metrics.QUEUE_ITEMS.labels(self.model).set(items)
        metrics.QUEUE_OLDEST_SECONDS.labels(self.model).set(oldest_s)
        backlog = Backlog(1, items, tokens, oldest_s)
        told = (self._host, self._device, self._worker.in_flight)
        write_beat(self._redis, self.model, self._id, backlog, *told)

    def _farewell(self) -> None:
        try:
            drop_beat(self._redis, self.model, self._id)
        except redis.RedisError:
            log.warning("heart.farewell_unheard")

    def _exit_soon(self) -> None:
        """A broken device needs a new process. What runs is answered first, then we go."""
        self._leaving.set()
        self._stopping.set()
        threading.Timer(2.0, os._exit, (EXIT_BROKEN,)).start()


_process: WorkerProcess | None = None


def begin(model: str) -> None:
    """Make this process the worker of a model, or end it.

    Celery would log an exception of its signal's receiver, and take messages for no engine.
    """
    global _process  # noqa: PLW0603 - Celery's tasks are functions: they find it here
    try:
        _process = WorkerProcess(model)
        _process.start()
    except Exception:
        log.exception("worker.not_begun", model=model)
        os._exit(EXIT_BROKEN)


def leave() -> None:
    """See ``WorkerProcess.leave``."""
    if _process is not None:
        _process.leave()


def end() -> None:
    """Drain."""
    if _process is not None:
        _process.stop()


def _here() -> WorkerProcess:
    if _process is None:
        raise Reject("this process serves no model", requeue=True)
    return _process


def embed(reply_to: str, items: Sequence[WorkItem]) -> None:
    """See ``WorkerProcess.embed``."""
    _here().embed(reply_to, items)


def canary(reply_to: str, canary_id: str) -> None:
    """See ``WorkerProcess.canary``."""
    _here().canary(reply_to, canary_id)
