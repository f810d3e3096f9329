"""Rate limits: continuous token buckets that hold one minute's worth, one atomic step a check.

The bucket is throttled-py's GCRA, which is a token bucket counted in time. Its limiter named
"token bucket" counts whole seconds and forgets the fractions, so that 90 a minute would let 60
through.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry
from throttled import BaseStore, MemoryStore, RateLimitState, RedisStore, per_min
from throttled.exceptions import StoreUnavailableError
from throttled.rate_limiter.gcra import GCRARateLimiter

from aurous.kernel.errors import AurousError

KEY_PREFIX = "aurous:rate"
MEMORY_BUCKETS_MAX = 100_000
REDIS_CONNECTIONS_MAX = 32  # a check takes well under a millisecond; the others wait their turn
REDIS_TIMEOUT_SECONDS = 1
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Level:
    """How full a bucket is after a check. ``reset_epoch_s`` is when it will be full again."""

    allowed: bool
    limit: int
    remaining: int
    reset_epoch_s: int
    retry_after_s: int  # 0 where allowed


class Limits:
    """All buckets of this installation, kept in one store."""

    def __init__(self, store: BaseStore) -> None:
        self._limiter: Callable[[int], GCRARateLimiter] = lru_cache(maxsize=1024)(
            lambda per_minute: GCRARateLimiter(per_min(per_minute), store, key_prefix=KEY_PREFIX)
        )

    def take(self, bucket: str, per_minute: int, cost: int = 1) -> Level:
        """Take ``cost`` out of the bucket, all or nothing.

        Raises ``AurousError`` ``provider_unavailable`` where the store does not answer.
        """
        result = _answer_of(lambda: self._limiter(per_minute).limit(bucket, cost))
        return _level(result.state, allowed=not result.limited)

    def look(self, bucket: str, per_minute: int) -> Level:
        """How full the bucket is; takes nothing. Raises as ``take`` does."""
        return _level(_answer_of(lambda: self._limiter(per_minute).peek(bucket)), allowed=True)


def limits() -> Limits:
    """The buckets of this process: in Redis where there is one, else in memory."""
    return _limits(settings.REDIS_URL)


@lru_cache(maxsize=4)
def _limits(redis_url: str) -> Limits:
    if not redis_url:
        return Limits(MemoryStore(options={"MAX_SIZE": MEMORY_BUCKETS_MAX}))
    return Limits(RedisStore(server=redis_url, options=_redis_options()))


def _redis_options() -> dict[str, Any]:
    # One retry and only for a connection that broke: a check that timed out may have counted.
    retry = Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    return {
        "SOCKET_TIMEOUT": REDIS_TIMEOUT_SECONDS,
        "SOCKET_CONNECT_TIMEOUT": REDIS_TIMEOUT_SECONDS,
        "CONNECTION_POOL_CLASS": "redis.BlockingConnectionPool",
        "CONNECTION_POOL_KWARGS": {
            "max_connections": REDIS_CONNECTIONS_MAX,
            "timeout": REDIS_TIMEOUT_SECONDS,
            "retry": retry,
        },
    }


def _answer_of(ask: Callable[[], _T]) -> _T:
    try:
        return ask()
    except (StoreUnavailableError, RedisError) as error:
        raise AurousError(
            "provider_unavailable",
            "The rate limits cannot be checked at the moment. Try again.",
            retry_after_s=1,
        ) from error


def _level(state: RateLimitState, *, allowed: bool) -> Level:
    return Level(
        allowed=allowed,
        limit=state.limit,
        remaining=max(0, state.remaining),
        reset_epoch_s=math.ceil(time.time() + state.reset_after),
        retry_after_s=0 if allowed else max(1, math.ceil(state.retry_after)),
    )
