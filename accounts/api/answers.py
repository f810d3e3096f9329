"""An API key as the API shows it: everything but its text."""

from datetime import datetime
from typing import Any

from accounts.key_state import key_state
from accounts.models import ApiKey
from aurous.http.rendering import credits_json


def key_json(key: ApiKey, now: datetime) -> dict[str, Any]:
    """A key with its secrets loaded, at a moment of the database's clock."""
    secrets = list(key.secrets.all())
    current = next(secret for secret in secrets if secret.expires_at is None)
    ends = [secret.expires_at for secret in secrets if secret.expires_at is not None]
    return {
        "id": key.id,
        "name": key.name,
        "scope": key.scope,
        "state": key_state(key, now),
        "head": current.head,
        "tail": current.tail,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "overlap_ends_at": max((end for end in ends if end > now), default=None),
        "expires_at": key.expires_at,
        "models": key.models,
        "cidrs": key.cidrs,
        "limit_day": _credits(key.limit_day_nano),
        "limit_month": _credits(key.limit_month_nano),
        "limit_total": _credits(key.limit_total_nano),
        "rpm": key.rpm,
    }


def with_text(shown: dict[str, Any], text: str) -> dict[str, Any]:
    """The answer that shows a key itself, to create and roll only."""
    return {"id": shown["id"], "api_key": text, **shown}


def _credits(nano: int | None) -> Any:
    return None if nano is None else credits_json(nano)
