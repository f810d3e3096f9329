"""The periods that pages tell of: the last hours or days of UTC, or days that somebody chose."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CUSTOM = "custom"
CUSTOM_DAYS_MAX = 366
# What is in the URL, what a person reads, and how long it is.
PRESETS = {
    "24h": ("24 hours", timedelta(hours=24)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "90d": ("90 days", timedelta(days=90)),
}
_FORM = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment to before the second; ``name`` is what the URL calls it."""

    name: str
    first: datetime
    before: datetime

    @property
    def days(self) -> float:
        """How long it is."""
        return (self.before - self.first) / DAY

    @property
    def last_day(self) -> datetime:
        """Midnight of its last day."""
        return midnight(self.before - timedelta(microseconds=1))


def midnight(at: datetime) -> datetime:
    """The beginning of a moment's day, UTC."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def preset(name: str, now: datetime) -> Period:
    """Whole hours for 24 hours, else whole days; the present one is the last."""
    length = PRESETS[name][1]
    if length <= DAY:
        before = now.replace(minute=0, second=0, microsecond=0) + HOUR
    else:
        before = midnight(now) + DAY
    return Period(name, before - length, before)


def query_of(first: datetime, before: datetime) -> dict[str, str]:
    """The same as parameters of the list of requests."""
    return {"range": CUSTOM, "since": text_of(first), "until": text_of(before)}


def text_of(moment: datetime) -> str:
    """A minute of UTC as fields of forms have it."""
    return moment.astimezone(UTC).strftime(_FORM)


def moment_of(text: str) -> datetime:
    """The opposite. Raises ``ValueError``."""
    return datetime.strptime(text, _FORM).replace(tzinfo=UTC)
