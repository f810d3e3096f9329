"""What a key is worth at a moment, in one word."""

from datetime import datetime

from accounts.models import ApiKey


def key_state(key: ApiKey, now: datetime) -> str:
    """``active``, ``expired`` or ``revoked``."""
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"
