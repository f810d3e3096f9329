"""A key as the pages show it: enough to recognise it, never enough to use it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from accounts.key_state import key_state
from accounts.models import ApiKey, ApiKeySecret
from billing.key_limits import KeyUsed, day_of, used_by

_TONES = {"active": "good", "expired": "warn", "revoked": "bad"}


@dataclass(frozen=True, slots=True)
class Limit:
    """What was used of a limit, in nano-credits. ``most`` is None where there is none."""

    name: str  # of the field
    label: str
    used: int
    most: int | None

    @property
    def percent(self) -> int:
        """How much of it is used, never over 100."""
        if self.most is None:
            return 0
        return min(100, self.used * 100 // self.most) if self.most else 100

    @property
    def is_reached(self) -> bool:
        """Whether nothing is left."""
        return self.most is not None and self.used >= self.most


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key, what it is worth, and what it has used."""

    key: ApiKey
    state: str
    tone: str
    secret: ApiKeySecret  # the current one
    old_secrets: list[ApiKeySecret]  # that still open the key, the newest first
    limits: tuple[Limit, Limit, Limit]  # day, month, in all

    @property
    def reached(self) -> Limit | None:
        """A limit that stops the key."""
        return next((limit for limit in self.limits if limit.is_reached), None)

    @property
    def secrets(self) -> list[ApiKeySecret]:
        """Every secret that opens the key."""
        return [self.secret, *self.old_secrets]

    @property
    def is_live(self) -> bool:
        """Whether it can be changed: expired ones can, revoked ones cannot."""
        return self.state != "revoked"


def key_rows(keys: Iterable[ApiKey], now: datetime) -> list[KeyRow]:
    """Rows of keys with their secrets loaded; one query for all that they used."""
    listed = list(keys)
    used = used_by({key.id for key in listed}, day_of(now))
    return [_row(key, used[key.id], now) for key in listed]


def _row(key: ApiKey, used: KeyUsed, now: datetime) -> KeyRow:
    state = key_state(key, now)
    secrets = sorted(key.secrets.all(), key=lambda one: one.created_at, reverse=True)
    return KeyRow(
        key,
        state,
        _TONES[state],
        next(one for one in secrets if one.expires_at is None),
        [one for one in secrets if one.expires_at is not None and one.expires_at > now],
        (
            Limit("limit_day", "Today", used.day, key.limit_day_nano),
            Limit("limit_month", "This month", used.month, key.limit_month_nano),
            Limit("limit_total", "In all", used.total, key.limit_total_nano),
        ),
    )
