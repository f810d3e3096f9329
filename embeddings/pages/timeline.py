"""Where a request's time went, as parts of a bar. What a row keeps is what can be told."""

from dataclasses import dataclass

from billing.latency import took_ms
from embeddings.models import Inference
from embeddings.timing import duration_ms

WIDTH, GAP = 720, 2  # of the drawing
_PARTS = (
    ("Waiting for a worker", "from the hold of credit until a worker took it", 6),
    ("In the worker's queue", "media fetched, text cut, until it was its batch's turn", 2),
    ("Computing", "in the model", 1),
    ("Settling", "the charge is written and the answer made", 3),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the time. ``x`` and ``width`` are of the drawing, ``WIDTH`` wide."""

    name: str
    note: str
    colour: int
    took_ms: int
    x: float
    width: float


def timeline(row: Inference) -> list[Part]:
    """The parts in their order; nothing while it is open, or where it ended before a worker."""
    whole_ms = duration_ms(row)
    if whole_ms is None or row.started_at is None:
        return []
    waited_ms = min(whole_ms, took_ms(row.created_at, row.started_at))
    rest_ms = whole_ms - waited_ms
    queued_ms = min(rest_ms, row.queue_ms or 0)
    computed_ms = min(rest_ms - queued_ms, row.compute_ms or 0)
    times_ms = (waited_ms, queued_ms, computed_ms, rest_ms - queued_ms - computed_ms)
    parts, at = [], 0.0
    for (name, note, colour), took in zip(_PARTS, times_ms, strict=True):
        width = WIDTH * took / whole_ms if whole_ms else 0.0
        parts.append(Part(name, note, colour, took, round(at, 2), round(max(0, width - GAP), 2)))
        at += width
    return parts
