"""Which buckets a caller's request is counted in, and the headers that tell how full they are."""

from collections.abc import Mapping

from django.conf import settings

from aurous.http.buckets import Level, Limits, limits
from aurous.http.caller import Caller
from aurous.kernel.errors import AurousError

__all__ = [
    "Level",
    "LimitExceededError",
    "Limits",
    "limits",
    "look_request",
    "look_tokens",
    "take_request",
    "take_tokens",
    "team_levels",
]

ROUTE_CLASSES = ("embeddings", "read", "manage")

_REQUESTS = "X-RateLimit"
_TOKENS = "X-RateLimit-TPM"


class LimitExceededError(AurousError):
    """A full bucket; ``headers`` tell which one and when there is room again."""

    def __init__(
        self, code: str, message: str, *, retry_after_s: int, headers: Mapping[str, str]
    ) -> None:
        super().__init__(code, message, retry_after_s=retry_after_s)
        self.headers = headers


def take_request(caller: Caller, route_class: str) -> dict[str, str]:
    """Count one request in the key's own bucket and the team's bucket of this route class.

    Returns the headers of the team's bucket (of the key's where the team has no limit; none
    where neither has). Raises ``too_many_requests``. The key's bucket is asked first, so that a
    key over its own limit takes nothing from its team.
    """
    headers: dict[str, str] = {}
    for what, bucket, per_minute in _request_buckets(caller, route_class):
        level = limits().take(bucket, per_minute)
        headers = _headers(_REQUESTS, level)
        if not level.allowed:
            message = (
                f"{what} may make {per_minute:,} requests a minute and has none left. "
                f"Try again in {level.retry_after_s} s."
            )
            raise _exceeded("too_many_requests", message, level, headers)
    return headers


def look_request(caller: Caller, route_class: str) -> dict[str, str]:
    """The headers that ``take_request`` would give, with nothing counted."""
    buckets = _request_buckets(caller, route_class)
    if not buckets:
        return {}
    _, bucket, per_minute = buckets[-1]
    return _headers(_REQUESTS, limits().look(bucket, per_minute))


def take_tokens(caller: Caller, tokens: int) -> dict[str, str]:
    """Count the tokens of one request. Returns the headers; raises ``tpm_rate_limit_exceeded``."""
    per_minute = _tokens_per_minute(caller)
    if not per_minute:
        return {}
    level = limits().take(_token_bucket(caller.team_id), per_minute, tokens)
    headers = _headers(_TOKENS, level)
    if not level.allowed:
        raise _exceeded("tpm_rate_limit_exceeded", _token_message(tokens, level), level, headers)
    return headers


def look_tokens(caller: Caller) -> dict[str, str]:
    """The headers that ``take_tokens`` would give, with nothing counted."""
    per_minute = _tokens_per_minute(caller)
    if not per_minute:
        return {}
    return _headers(_TOKENS, limits().look(_token_bucket(caller.team_id), per_minute))


def team_levels(team_id: str, rpm: int, tpm: int) -> dict[str, Level]:
    """How full the team's buckets are, by route class and as "tokens", with nothing counted.

    Where a limit is 0 there is none, and no bucket. Raises ``provider_unavailable``.
    """
    levels = {}
    for route_class in ROUTE_CLASSES if rpm else ():
        levels[route_class] = limits().look(_team_bucket(route_class, team_id), rpm)
    if tpm:
        levels["tokens"] = limits().look(_token_bucket(team_id), tpm)
    return levels


def _request_buckets(caller: Caller, route_class: str) -> list[tuple[str, str, int]]:
    """Who is limited, bucket and size, in the order of asking; the team's is last."""
    buckets = []
    if caller.key_rpm:
        buckets.append(("This API key", f"key:{caller.api_key_id}", caller.key_rpm))
    team_rpm = caller.team_rpm
    if team_rpm is None:
        team_rpm = settings.RATE_REQUESTS_PER_MINUTE
    if team_rpm:
        bucket = _team_bucket(route_class, caller.team_id)
        buckets.append((f"This team's {route_class} routes", bucket, team_rpm))
    return buckets


def _team_bucket(route_class: str, team_id: str) -> str:
    return f"rpm:{route_class}:{team_id}"


def _tokens_per_minute(caller: Caller) -> int:
    if caller.team_tpm is None:
        return int(settings.RATE_TOKENS_PER_MINUTE)
    return caller.team_tpm


def _token_bucket(team_id: str) -> str:
    return f"tpm:{team_id}"


def _token_message(tokens: int, level: Level) -> str:
    if tokens > level.limit:
        return (
            f"The request has {tokens:,} tokens, more than this team may use in a whole minute "
            f"({level.limit:,}). Send it in smaller pieces or ask for a higher limit."
        )
    return (
        f"The request has {tokens:,} tokens; of this team's {level.limit:,} tokens a minute "
        f"{level.remaining:,} are left. Try again in {level.retry_after_s} s."
    )


def _exceeded(code: str, message: str, level: Level, headers: dict[str, str]) -> LimitExceededError:
    return LimitExceededError(code, message, retry_after_s=level.retry_after_s, headers=headers)


def _headers(prefix: str, level: Level) -> dict[str, str]:
    return {
        f"{prefix}-Limit": str(level.limit),
        f"{prefix}-Remaining": str(level.remaining),
        f"{prefix}-Reset": str(level.reset_epoch_s),
    }
