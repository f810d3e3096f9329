"""Stacked columns over time as numbers for a template: no drawing library, no script, no style.

One unit of the drawing is one pixel of a chart 720 wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

WIDTH, HEIGHT = 720, 264
LEFT, RIGHT, TOP, BOTTOM = 64, 8, 14, 34
SERIES_MAX = 6  # colours; what is beyond is put together as "other" by the caller
LABELS_MAX = 8
_GAP = 0.28  # of a column's place


@dataclass(frozen=True, slots=True)
class Column:
    """One moment: how it is called, its values by series, and where its rows are (or "")."""

    label: str
    values: Sequence[float]
    told: Sequence[str]  # the same values as a person reads them
    total: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a column. Pixels; ``series`` counts from 1."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A column with its place, its parts, and the sentence that its tooltip says."""

    column: Column
    x: float
    width: float
    boxes: list[Box]
    sentence: str
    label_x: float
    label: str  # "" where the axis has no room for it


@dataclass(frozen=True, slots=True)
class Line:
    """A series as lines from column to column: its points by runs without a hole."""

    series: int
    runs: list[str]  # "x,y x,y …" of each
    dots: list[tuple[float, float]]  # points that stand alone


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the value axis."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that ``dashboard/parts/chart.html`` draws and says."""

    title: str
    unit: str
    series: list[tuple[int, str]]
    columns: list[Drawn]
    ticks: list[Tick]
    lines: list[Line] = field(default_factory=list)
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    top: int = TOP

    @property
    def bottom(self) -> int:
        """Where the columns stand, pixels from the top."""
        return HEIGHT - BOTTOM

    @property
    def right(self) -> int:
        """Where the last column ends, pixels from the left."""
        return WIDTH - RIGHT

    @property
    def plot_height(self) -> int:
        """How high the highest column can be."""
        return HEIGHT - TOP - BOTTOM


def stacked(
    title: str,
    unit: str,
    series: Sequence[str],
    columns: Sequence[Column],
    colours: Sequence[int] = (),
) -> Chart:
    """A chart of columns in the order of time. At most ``SERIES_MAX`` series.

    ``colours``: the number of each series' colour, from 1; without it their order decides.
    """
    if len(series) > SERIES_MAX:
        raise ValueError(f"{len(series)} series; put what is beyond {SERIES_MAX} together")
    numbers = list(colours) or list(range(1, len(series) + 1))
    top_value, step = _scale(max((sum(column.values) for column in columns), default=0))
    place = (WIDTH - LEFT - RIGHT) / max(1, len(columns))
    every = -(-len(columns) // LABELS_MAX) or 1
    return Chart(
        title,
        unit,
        list(zip(numbers, series, strict=True)),
        [
            _drawn(
                column,
                x=LEFT + number * place,
                place=place,
                top_value=top_value,
                series=series,
                numbers=numbers,
                named=number % every == 0,
            )
            for number, column in enumerate(columns)
        ],
        _ticks(top_value, step),
    )


def _drawn(
    column: Column,
    *,
    x: float,
    place: float,
    top_value: float,
    series: Sequence[str],
    numbers: Sequence[int],
    named: bool,
) -> Drawn:
    edges, height = [0.0], HEIGHT - TOP - BOTTOM
    for value in column.values:
        edges.append(edges[-1] + value / top_value * height)
    base = HEIGHT - BOTTOM
    gap = place * _GAP / 2
    boxes = [
        Box(
            round(x + gap, 2),
            round(base - high, 2),
            round(place - 2 * gap, 2),
            round(high - low, 2),
            number,
        )
        for number, (low, high) in zip(numbers, pairwise(edges), strict=True)
        if high > low
    ]
    parts = [
        f"{name}: {told}"
        for name, told, value in zip(series, column.told, column.values, strict=True)
        if value
    ]
    lines = [f"{column.label}: {column.total}", *(parts if len(series) > 1 else [])]
    label = column.label if named else ""
    return Drawn(
        column,
        round(x, 2),
        round(place, 2),
        boxes,
        "\n".join(lines),
        round(x + place / 2, 2),
        label,
    )


def _scale(highest: float) -> tuple[float, float]:
    """The axis' end and step: 1, 2 or 5 times a power of ten, four steps or so."""
    if highest <= 0:
        return 1.0, 1.0
    step = 10.0 ** (len(str(int(highest))) - 1) if highest >= 1 else 1.0
    while step > highest:
        step /= 10
    step = next(
        step * factor for factor in (0.2, 0.25, 0.5, 1, 2, 2.5) if highest <= step * factor * 4.2
    )
    count = -(-highest // step)
    return count * step, step


def _ticks(top_value: float, step: float) -> list[Tick]:
    height, ticks, value = HEIGHT - TOP - BOTTOM, [], 0.0
    while value <= top_value * 1.0001:
        ticks.append(Tick(round(HEIGHT - BOTTOM - value / top_value * height, 2), short(value)))
        value += step
    return ticks


def short(value: float) -> str:
    """A number for an axis: 0, 0.25, 950, 1.2k, 3M."""
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"
