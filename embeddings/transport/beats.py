"""Signs of life: what each worker says of itself in Redis, and how web processes read it."""

import threading
import time
from typing import Any

import orjson
from django.conf import settings

from embeddings.transport.base import Backlog, WorkerSeen

Client = Any  # redis.Redis, whose types promise str or bytes as it likes; ours answers bytes
STALE_SECONDS = 1.0


def _members(model: str) -> str:
    return f"aurous:workers:{model}"


def _beat(model: str, worker_id: str) -> str:
    return f"aurous:worker:{model}:{worker_id}"


def write_beat(
    client: Client, model: str, worker_id: str, backlog: Backlog, *told: str | int
) -> None:
    """Say that this worker serves, and what waits in it. ``told`` is for operators: the host, the
    device, how many requests are in it.
    """
    beat = orjson.dumps([backlog.items, backlog.tokens, backlog.oldest_s, *told])
    pipe = client.pipeline(transaction=False)
    pipe.set(_beat(model, worker_id), beat, ex=settings.WORKER_BEAT_EXPIRY_SECONDS)
    pipe.sadd(_members(model), worker_id)
    pipe.expire(_members(model), 3_600)
    pipe.execute()


def drop_beat(client: Client, model: str, worker_id: str) -> None:
    """Say that this worker is going."""
    pipe = client.pipeline(transaction=False)
    pipe.delete(_beat(model, worker_id))
    pipe.srem(_members(model), worker_id)
    pipe.execute()


def read_beats(client: Client, model: str, queue: str) -> Backlog:
    """The sum over the workers of a model; groups still in the broker count as items."""
    ids = sorted(bytes(member).decode() for member in client.smembers(_members(model)))
    groups = int(client.llen(queue))
    if not ids:
        return Backlog(0, groups, 0, 0.0)
    beats = client.mget([_beat(model, worker_id) for worker_id in ids])
    alive = [orjson.loads(beat) for beat in beats if beat is not None]
    gone = [worker_id for worker_id, beat in zip(ids, beats, strict=True) if beat is None]
    if gone:
        client.srem(_members(model), *gone)
    return Backlog(
        workers=len(alive),
        items=groups + sum(beat[0] for beat in alive),
        tokens=sum(beat[1] for beat in alive),
        oldest_s=max((beat[2] for beat in alive), default=0.0),
    )


def read_workers(client: Client, model: str) -> list[WorkerSeen]:
    """Every worker that beats, the oldest first. Raises ``redis.RedisError``."""
    ids = sorted(bytes(member).decode() for member in client.smembers(_members(model)))
    pipe = client.pipeline(transaction=False)
    for worker_id in ids:
        pipe.get(_beat(model, worker_id))
        pipe.pttl(_beat(model, worker_id))
    answers = pipe.execute() if ids else []
    seen = zip(ids, answers[::2], answers[1::2], strict=True)
    return [_seen(id_, orjson.loads(beat), ttl_ms) for id_, beat, ttl_ms in seen if beat]


def _seen(worker_id: str, beat: list[Any], ttl_ms: int) -> WorkerSeen:
    """What is left of a beat's life says how old it is. Workers of before say less."""
    items, _tokens, oldest_s, *told = beat
    host, device, in_flight = told if len(told) == 3 else ("", "", items)
    age_s = max(0.0, settings.WORKER_BEAT_EXPIRY_SECONDS - ttl_ms / 1_000)
    return WorkerSeen(worker_id, host, device, items, in_flight, oldest_s, age_s)


class BacklogReader:
    """Beats, read at most once a second for all the threads of a process."""

    def __init__(self, client: Client, queue_of: str = "embed.{}") -> None:
        self._client = client
        self._queue_of = queue_of
        self._lock = threading.Lock()
        self._read: dict[str, tuple[float, Backlog]] = {}

    def backlog(self, model: str) -> Backlog:
        """Raises ``redis.RedisError`` when Redis is away and nothing recent is known."""
        read_at, known = self._read.get(model, (float("-inf"), None))
        if known is not None and time.monotonic() - read_at < STALE_SECONDS:
            return known
        # One thread asks; the others make do with what it knew a moment ago.
        if not self._lock.acquire(blocking=known is None):
            assert known is not None
            return known
        try:
            read_at, known = self._read.get(model, (float("-inf"), None))
            if known is None or time.monotonic() - read_at >= STALE_SECONDS:
                known = read_beats(self._client, model, self._queue_of.format(model))
                self._read[model] = (time.monotonic(), known)
            return known
        finally:
            self._lock.release()
