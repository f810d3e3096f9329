"""What the page of usage shows, as records of a file."""

from collections.abc import Iterator

from aurous.kernel.records import Credits, Record
from billing.chain import moment_text
from billing.usage_sums import Sums
from embeddings.pages.breakdown import Breakdown, Line

COLUMNS = (
    "record",
    "start",
    "end",
    "group_by",
    "group",
    "name",
    "requests",
    "tokens_text",
    "tokens_visual",
    "tokens_video",
    "credits",
    "p50_ms",
    "p95_ms",
)


def records(told: Breakdown) -> list[Record]:
    """A record for each column and series, one for each series' total, and one for all."""
    return list(_records(told))


def _records(told: Breakdown) -> Iterator[Record]:
    period, length = told.asked.period, told.asked.query.width.length
    shown = told.lines or [told.total]
    for place, start in enumerate(told.series.starts):
        first, before = max(start, period.first), min(start + length, period.before)
        times = moment_text(first), moment_text(before)
        for line in shown:
            yield _record(told, "bucket", times, line, line.group.buckets[place])
    times = moment_text(period.first), moment_text(period.before)
    for line in told.lines:
        yield _record(told, "group", times, line, line.sums)
    yield _record(told, "total", times, told.total, told.total.sums)


def _record(told: Breakdown, kind: str, times: tuple[str, str], line: Line, sums: Sums) -> Record:
    text, visual, video = sums.tokens
    p50_ms, p95_ms = sums.percentiles_ms
    cells = (
        kind,
        *times,
        told.asked.dimension or None,
        line.value or None,
        line.name,
        sums.requests if line.has_requests else None,
        text,
        visual,
        video,
        Credits(sums.charged),
        p50_ms,
        p95_ms,
    )
    return dict(zip(COLUMNS, cells, strict=True))
