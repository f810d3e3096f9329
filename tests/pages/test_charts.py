"""Charts as numbers: lines with holes, and colours that stay."""

import pytest

from aurous.ui.chart import BOTTOM, HEIGHT, TOP, Column, stacked
from aurous.ui.colours import OTHERS, colours
from aurous.ui.line_chart import lines


def columns(*values):
    return [Column(str(n), each, [str(v) for v in each], "") for n, each in enumerate(values)]


def test_a_line_has_a_hole_where_nothing_is_known():
    (line,) = lines("p95", "ms", ["a"], columns([10], [20], [0], [40])).lines
    assert len(line.runs) == 1
    assert len(line.runs[0].split()) == 2
    assert len(line.dots) == 1


def test_a_line_reaches_the_height_of_its_value_on_the_axis():
    chart = lines("p95", "ms", ["a", "b"], columns([100, 50], [100, 50]))
    heights = [float(line.runs[0].split()[0].split(",")[1]) for line in chart.lines]
    base, top = HEIGHT - BOTTOM, float(chart.ticks[-1].label)
    for y, value in zip(heights, (100, 50), strict=True):
        assert y == pytest.approx(base - value / top * (base - TOP), abs=0.1)
    assert not any(drawn.boxes for drawn in chart.columns)


def test_lines_of_nothing():
    chart = lines("p95", "ms", ["a"], columns([0], [0]))
    assert chart.lines[0].runs == chart.lines[0].dots == []
    assert lines("p95", "ms", [], []).lines == []


def test_a_series_has_the_colour_that_it_was_given():
    chart = stacked("c", "credits", ["a", "b"], columns([1, 2]), [5, 2])
    assert chart.series == [(5, "a"), (2, "b")]
    assert [box.series for box in chart.columns[0].boxes] == [5, 2]


def test_colours_come_from_the_order_and_not_from_the_chart():
    order = ["a", "b", "c", "d", "e", "f", "g"]
    assert colours(["c", "a"], order) == [3, 1]
    assert colours(["a", "b", "c"], order) == [1, 2, 3]


def test_no_two_of_a_chart_have_the_same_colour():
    order = ["a", "b", "c", "d", "e", "f"]
    assert colours(["f", "a"], order) == [2, 1]
    assert sorted(colours(order, order)) == [1, 2, 3, 4, 5, OTHERS]
    users = [f"user-{number}" for number in range(6)]
    assert sorted(colours(users)) == [1, 2, 3, 4, 5, OTHERS]
    assert colours(users[:1]) == colours(users[:1])
