"""Pure: what a stored secret is worth at a moment of the database's clock."""

from datetime import datetime

from accounts.caller_cache import Pass, Refusal, Verdict
from accounts.models import ApiKey, ApiKeySecret, Team
from aurous.http.caller import Caller
from aurous.http.network import parse_networks

UNKNOWN = Refusal("invalid_api_key", "This API key is not known. Check that you copied all of it.")


def judge(secret: ApiKeySecret, *, now: datetime, read_at: float) -> Verdict:
    """Whether ``secret`` lets in, with its key and team loaded.

    ``now`` is the database's, ``read_at`` the monotonic second at which the reading began: the
    expiry is carried over to the monotonic clock, so that no clock of this machine decides.
    """
    refusal = _refusal(secret, now)
    if refusal is not None:
        code, message = refusal
        return Refusal(code, message, secret.api_key.team_id, secret.api_key_id)
    ends = [moment for moment in (secret.expires_at, secret.api_key.expires_at) if moment]
    ends_at = read_at + (min(ends) - now).total_seconds() if ends else None
    return Pass(caller_of(secret.api_key), ends_at)


def _refusal(secret: ApiKeySecret, now: datetime) -> tuple[str, str] | None:
    key = secret.api_key
    if key.revoked_at is not None:
        return "revoked_api_key", "This API key was revoked. Make a new one, or use another."
    if key.expires_at is not None and key.expires_at <= now:
        return "invalid_api_key", f"This API key expired at {key.expires_at.isoformat()}."
    if secret.expires_at is not None and secret.expires_at <= now:
        return "invalid_api_key", "This API key was rolled and its time is over: use the new one."
    if key.team.is_suspended:
        return "team_suspended", "This team is suspended. Ask the operator of this installation."
    return None


def caller_of(key: ApiKey) -> Caller:
    """The frozen copy of a key and its team that the rest of a request works with."""
    team: Team = key.team
    return Caller(
        team_id=team.id,
        team_name=team.name,
        api_key_id=key.id,
        scope=key.scope,
        models=None if key.models is None else frozenset(key.models),
        version_pin=team.default_api_version,
        billing_mode=team.billing_mode,
        team_rpm=team.rpm_limit,
        team_tpm=team.tpm_limit,
        team_concurrency=team.concurrency_limit,
        key_rpm=key.rpm,
        limit_day_nano=key.limit_day_nano,
        limit_month_nano=key.limit_month_nano,
        limit_total_nano=key.limit_total_nano,
        networks=parse_networks(tuple(key.cidrs or ())),
    )
