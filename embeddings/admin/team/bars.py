"""Spend by day as bars that the server draws."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.usage_sums import Sums
from embeddings.pages.metrics import credits_and_dollars

HEIGHT = 100
STEP = 10  # a bar and the gap behind it


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, in the units of the drawing. ``told`` is read on hover."""

    x: int
    y: float
    height: float
    told: str


def bars(days: Sequence[datetime], sums: Sequence[Sums]) -> list[Bar]:
    """One for each day, the oldest first; a day on which anything was spent is never invisible."""
    highest = max((one.charged for one in sums), default=0)
    made = []
    for place, (day, one) in enumerate(zip(days, sums, strict=True)):
        height = max(1.5, HEIGHT * one.charged / highest) if one.charged else 0.0
        told = f"{day:%Y-%m-%d}: {credits_and_dollars(one.charged)}, {one.requests:,} requests"
        made.append(Bar(place * STEP, round(HEIGHT - height, 2), round(height, 2), told))
    return made
