"""Usage of a period by what it is grouped by: the series of a chart and the rows of its table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from aurous.ui.chart import SERIES_MAX, Chart, Column, stacked
from aurous.ui.colours import OTHERS, colours
from aurous.ui.line_chart import lines
from billing.usage_series import Group, Series, series_of
from billing.usage_sums import Sums
from embeddings.pages.metrics import METRICS, Metric
from embeddings.pages.names import MODALITIES, Names
from embeddings.pages.period import DAY, HOUR, Period, query_of
from embeddings.pages.usage_form import FILTERS, Asked

OTHER = "Other"
_URL_NAMES = {dimension: name for name, dimension in FILTERS.items()}


@dataclass(frozen=True, slots=True)
class Line:
    """A series as a row of the table. ``requests_url`` "" where no filter names its requests."""

    value: str
    name: str
    colour: int
    group: Group
    requests_url: str
    share: float  # per cent of the whole, in what the chart shows
    has_requests: bool = True  # not where one request is in several series

    @property
    def sums(self) -> Sums:
        """What it adds up to."""
        return self.group.total


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Everything that is told of a period's usage."""

    asked: Asked
    metric: Metric
    series: Series
    lines: list[Line]
    chart: Chart
    total: Line

    @property
    def has_any(self) -> bool:
        """Whether there was a request at all."""
        return self.series.whole.total.requests > 0


def breakdown(asked: Asked, names: Names) -> Breakdown:
    """Read it. At most three statements beside those of the names."""
    metric = METRICS[asked.metric]
    series = series_of(
        asked.query,
        asked.period.first,
        asked.period.before,
        weight=metric.weight,
        most=SERIES_MAX,
    )
    total = _line(asked, metric, series, series.whole, ("", "All", 1))
    made = _lines(asked, metric, series, names)
    return Breakdown(
        asked, metric, series, made, _chart(asked, metric, series, made or [total]), total
    )


def requests_url(team_id: str, period: Period, narrowed: dict[str, str]) -> str:
    """The list of the requests that a number is made of."""
    query = (
        query_of(period.first, period.before) if period.name == "custom" else {"range": period.name}
    )
    return f"{reverse('requests', args=[team_id])}?{urlencode({**query, **narrowed})}"


def _lines(asked: Asked, metric: Metric, series: Series, names: Names) -> list[Line]:
    groups = _by_modality(series.whole) if asked.dimension == "modality" else series.groups
    values = [group.value for group in groups]
    numbers = colours(values, names.order(asked.dimension)) if asked.dimension else []
    made = [
        _line(
            asked,
            metric,
            series,
            group,
            (group.value, names.of(asked.dimension, group.value), number),
        )
        for group, number in zip(groups, numbers, strict=True)
    ]
    if series.others is not None:
        made.append(_line(asked, metric, series, series.others, ("", OTHER, OTHERS)))
    return made


def _line(
    asked: Asked, metric: Metric, series: Series, group: Group, called: tuple[str, str, int]
) -> Line:
    value, name, colour = called
    whole = metric.value(series.whole.total)
    modality = asked.dimension == "modality" and group is not series.whole
    return Line(
        value,
        name,
        colour,
        group,
        _url(asked, series, group),
        100 * metric.value(group.total) / whole if whole and metric.adds_up else 0.0,
        has_requests=not modality,
    )


def _url(asked: Asked, series: Series, group: Group) -> str:
    if group is series.whole or asked.dimension == "modality":
        return requests_url(asked.query.team_id, asked.period, asked.narrowed)
    if group is series.others or not group.value:
        return ""
    narrowed = {**asked.narrowed, _URL_NAMES[asked.dimension]: group.value}
    return requests_url(asked.query.team_id, asked.period, narrowed)


def _by_modality(whole: Group) -> list[Group]:
    return [
        Group(name, [_only(sums, place) for sums in whole.buckets], _only(whole.total, place))
        for place, name in enumerate(MODALITIES)
    ]


def _only(sums: Sums, place: int) -> Sums:
    """Tokens and credits of one modality."""
    tokens, charged = [0, 0, 0], [0, 0, 0]
    tokens[place], charged[place] = sums.tokens[place], sums.charged_by[place]
    return Sums(0, (tokens[0], tokens[1], tokens[2]), (charged[0], charged[1], charged[2]))


def _chart(asked: Asked, metric: Metric, series: Series, made: Sequence[Line]) -> Chart:
    shown = [line for line in made if metric.adds_up or line.name != OTHER]
    columns = [
        Column(
            label_of(start, asked.query.width.length, asked.period),
            [metric.value(line.group.buckets[place]) for line in shown],
            [metric.told(line.group.buckets[place]) for line in shown],
            metric.told(series.whole.buckets[place]),
            _column_url(asked, start),
        )
        for place, start in enumerate(series.starts)
    ]
    draw = stacked if metric.adds_up else lines
    names = [line.name for line in shown]
    return draw(
        f"{metric.label} over time", metric.unit, names, columns, [one.colour for one in shown]
    )


def _column_url(asked: Asked, start: datetime) -> str:
    period = asked.period
    first = max(start, period.first)
    before = min(start + asked.query.width.length, period.before)
    return requests_url(asked.query.team_id, Period("custom", first, before), asked.narrowed)


def label_of(start: datetime, length: timedelta, period: Period) -> str:
    """What a column is called: an hour, a day, or a week by its first day in the period. UTC."""
    start = max(start, period.first)
    day = f"{start:%b} {start.day}"
    if length >= DAY:
        return day
    return f"{start:%H:%M}" if period.before - period.first <= 24 * HOUR else f"{day} {start:%H:%M}"
