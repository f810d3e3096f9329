"""Lines over time, for what cannot be stacked: percentiles. Beside ``aurous.ui.chart``."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from aurous.ui.chart import BOTTOM, HEIGHT, TOP, Chart, Column, Line, stacked


@dataclass(frozen=True, slots=True)
class Point:
    """A value and where it is drawn, pixels."""

    x: float
    y: float


def lines(
    title: str,
    unit: str,
    series: Sequence[str],
    columns: Sequence[Column],
    colours: Sequence[int] = (),
) -> Chart:
    """The same as ``stacked`` with lines in place of columns. A value of 0 is none: a hole."""
    # The axis is made for the highest value, which no sum may exceed.
    highest = max((max(column.values, default=0) for column in columns), default=0)
    scale = stacked(title, unit, [title], [Column("", [highest], [""], "")])
    whole = stacked(title, unit, series, columns, colours)
    top_value = _top_value(highest, scale)
    middles = [drawn.label_x for drawn in whole.columns]
    drawn = [replace(one, boxes=[]) for one in whole.columns]
    values = list(zip(*(column.values for column in columns), strict=True))
    made = [
        _line(number, middles, values[place], top_value)
        for place, (number, _) in enumerate(whole.series)
        if values
    ]
    return replace(whole, columns=drawn, ticks=scale.ticks, lines=made)


def _top_value(highest: float, scale: Chart) -> float:
    """The value at the top of the axis, from the height of the column it was made for."""
    boxes = scale.columns[0].boxes
    return highest / boxes[0].height * (HEIGHT - TOP - BOTTOM) if boxes else 1.0


def _line(number: int, xs: Sequence[float], values: Sequence[float], top_value: float) -> Line:
    height = HEIGHT - TOP - BOTTOM
    points = [
        Point(x, round(HEIGHT - BOTTOM - value / top_value * height, 2)) if value else None
        for x, value in zip(xs, values, strict=True)
    ]
    runs = [
        [point for point in run if point is not None]
        for there, run in groupby(points, key=lambda point: point is not None)
        if there
    ]
    return Line(
        number,
        [" ".join(f"{point.x},{point.y}" for point in run) for run in runs if len(run) > 1],
        [(run[0].x, run[0].y) for run in runs if len(run) == 1],
    )
