"""The production transport: groups go out as Celery messages, replies come back over a list."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future

import redis
import structlog
from celery import current_app
from django.conf import settings
from kombu.exceptions import OperationalError as BrokerError

from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from embeddings.transport.base import CANARY, EMBED, Backlog, WorkerSeen
from embeddings.transport.beats import BacklogReader, Client, read_workers
from embeddings.transport.replies import reply_list, unpack_replies
from embeddings.waiters import Waiters
from embeddings.work import WorkItem, WorkReply

log = structlog.get_logger(__name__)
READ_SECONDS = 1  # how long one blocking read lasts, and so how soon a stop is seen
REPLIES_A_READ_MAX = 256
AWAY_PAUSE_SECONDS = 0.2
# A lost connection is tried once more at once; then the requests are released.
_RETRY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}


def queue_name(model: str) -> str:
    """The queue of a model's workers."""
    return f"embed.{model}"


class OverCelery:
    """One a web process; its reader thread hands replies to the threads that wait."""

    def __init__(self, waiters: Waiters) -> None:
        self._waiters = waiters
        self._process_id = new_id("web")
        self._list = reply_list(self._process_id)
        self._redis: Client = redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=READ_SECONDS + 4, socket_connect_timeout=2
        )
        self._beats = BacklogReader(self._redis)
        self._stopping = threading.Event()
        self._reader = threading.Thread(target=self._read, name="replies", daemon=True)
        self._reader.start()

    def send(self, model: str, items: Sequence[WorkItem]) -> None:
        """Publish a group as one message."""
        messages = [item.as_message() for item in items]
        self._publish(EMBED, model, [self._process_id, messages])

    def _publish(self, task: str, model: str, args: list[object]) -> None:
        """No expiry: Celery compares two machines' clocks for it. The row's deadline decides."""
        try:
            current_app.send_task(
                task,
                args=args,
                queue=queue_name(model),
                ignore_result=True,
                retry=True,
                retry_policy=_RETRY,
                argsrepr="(…)",  # the default is a repr of the content, which logs must not see
                kwargsrepr="{}",
            )
        except (BrokerError, redis.RedisError, OSError) as error:
            raise broker_away() from error

    def backlog(self, model: str) -> Backlog:
        """What the workers last said. Raises 503 when Redis is away."""
        try:
            return self._beats.backlog(model)
        except redis.RedisError as error:
            raise broker_away() from error

    def workers(self, model: str) -> list[WorkerSeen]:
        """Their last beats. Raises 503 when Redis is away."""
        try:
            return read_workers(self._redis, model)
        except redis.RedisError as error:
            raise broker_away() from error

    def canary(self, model: str) -> "Future[WorkReply]":
        """Through the broker, a worker's compute queue and back."""
        canary_id = new_id("canary")
        waiter: Future[WorkReply] = Future()
        waiter.add_done_callback(lambda _: self._waiters.forget(canary_id))  # also when cancelled
        self._waiters.add(canary_id, waiter)
        try:
            self._publish(CANARY, model, [self._process_id, canary_id])
        except AurousError:
            waiter.cancel()
            raise
        return waiter

    def stop(self) -> None:
        """End the reader."""
        self._stopping.set()
        self._reader.join(READ_SECONDS + 5)

    def _read(self) -> None:
        while not self._stopping.is_set():
            try:
                self._read_once()
            except redis.RedisError as error:
                log.warning("replies.redis_away", reason=type(error).__name__)
                self._stopping.wait(AWAY_PAUSE_SECONDS)
            except Exception:
                log.exception("replies.unreadable")

    def _read_once(self) -> None:
        first = self._redis.blpop([self._list], timeout=READ_SECONDS)
        if first is None:
            return
        self._waiters.resolve(unpack_replies(first[1]))
        for message in self._redis.lpop(self._list, REPLIES_A_READ_MAX) or []:
            self._waiters.resolve(unpack_replies(message))


def broker_away() -> AurousError:
    """What callers are told while the way to the workers is down."""
    return AurousError(
        "provider_unavailable",
        "The way to the models is down. Nothing was charged; try again.",
        retry_after_s=2,
    )
