"""The periods that usage is told in: whole minutes, hours, days and weeks of UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MONDAY = timedelta(days=4)  # the first one of the epoch


@dataclass(frozen=True, slots=True)
class BucketWidth:
    """A width; ``origin`` is a moment at which one of its buckets begins."""

    name: str
    length: timedelta
    origin: datetime = _EPOCH

    def start_of(self, moment: datetime) -> datetime:
        """The beginning of the bucket that a moment is in."""
        return moment - (moment - self.origin) % self.length

    def newest_first(self, first: datetime, before: datetime, most: int) -> list[datetime]:
        """The beginnings of at most ``most`` buckets that have a moment in [first, before)."""
        oldest, start = self.start_of(first), self.start_of(before)
        if start == before:
            start -= self.length
        count = min(most, (start - oldest) // self.length + 1)
        return [start - number * self.length for number in range(max(0, count))]


WIDTHS = {
    width.name: width
    for width in (
        BucketWidth("1m", timedelta(minutes=1)),
        BucketWidth("5m", timedelta(minutes=5)),
        BucketWidth("15m", timedelta(minutes=15)),
        BucketWidth("1h", timedelta(hours=1)),
        BucketWidth("1d", timedelta(days=1)),
        BucketWidth("7d", timedelta(days=7), _EPOCH + _MONDAY),
    )
}
