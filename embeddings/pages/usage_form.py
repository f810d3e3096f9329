"""What the page of usage is asked for: all of it is in the URL, and what is wrong is said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.db import connection
from django.http import QueryDict

from aurous.http.versions.registry import versions
from aurous.kernel.clock import database_now
from aurous.ui.forms import PageForm
from billing.api.usage_filters import ENDS
from billing.usage_buckets import WIDTHS, BucketWidth
from billing.usage_rows import UsageQuery
from embeddings.pages.names import Names
from embeddings.pages.period import (
    CUSTOM,
    CUSTOM_DAYS_MAX,
    DAY,
    PRESETS,
    Period,
    midnight,
    preset,
)

RANGE_DEFAULT, METRIC_DEFAULT, GROUP_DEFAULT = "30d", "credits", "model"
METRICS = {
    "credits": "Credits",
    "requests": "Requests",
    "tokens": "Tokens",
    "p50": "p50",
    "p95": "p95",
}
GROUPS = {
    "model": "Model",
    "key": "API key",
    "status": "Status",
    "user": "User",
    "version": "Version",
    "modality": "Modality",
    "none": "Nothing",
}
BUCKETS = {"": "Automatic", "1h": "Hour", "1d": "Day", "7d": "Week"}
# Names in the URL, and the dimension of each.
FILTERS = {
    "model": "model",
    "key": "api_key_id",
    "status": "status",
    "user": "user",
    "version": "version",
}
_BY_MODALITY = ("credits", "tokens")  # one request can have several modalities
_HOURS_MAX = timedelta(days=4)  # more columns than that are too thin to read
_USER_HOURS_MAX = timedelta(days=2)  # hours have forgotten the users: minutes are read
_DAYS_MAX = timedelta(days=92)
_USER_DAYS_MAX = 31  # there can be as many rows as users and days


def options(values: Iterable[str], everything: str, asked: str = "") -> list[tuple[str, str]]:
    """Choices of a filter; what the URL asks for is among them, even if it is gone."""
    known = list(values)
    if asked and asked not in known:
        known.append(asked)
    return [("", everything), *((value, value) for value in known)]


class FilterForm(PageForm):
    """The filters that the pages of usage and of requests share."""

    model = forms.ChoiceField(required=False)
    key = forms.ChoiceField(label="API key", required=False)
    status = forms.ChoiceField(required=False)
    version = forms.ChoiceField(required=False)
    user = forms.CharField(
        required=False, strip=False, max_length=settings.USER_CHARACTERS_MAX, empty_value=""
    )

    def __init__(self, query: QueryDict, names: Names, statuses: Iterable[str]) -> None:
        super().__init__(query)
        self.choose("model", options(names.models, "Any", self._short("model", 128)))
        keys: list[tuple[str, str]] = [("", "Any"), *reversed(list(names.keys.items()))]
        asked = self._short("key", 40)
        if asked and asked not in names.keys:
            keys.append((asked, asked))
        self.choose("key", keys)
        self.choose("status", options(statuses, "Any"))
        self.choose("version", options(versions(), "Any", self._short("version", 10)))
        self.fields["user"].widget.attrs |= {"placeholder": "Any", "autocomplete": "off"}

    def _short(self, name: str, characters_max: int) -> str:
        return str(self.data.get(name, "")).replace("\x00", "")[:characters_max]

    def choose(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Give a field its choices; it sends the form when one is taken."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        field.widget.attrs["data-submits"] = ""

    def value(self, name: str, default: str = "") -> str:
        """What was asked for; the default where nothing was, or nothing that can be."""
        return str(self.cleaned_data.get(name) or default)

    @property
    def dimensions(self) -> dict[str, list[str]]:
        """Dimensions with their wanted values; only those that are narrowed."""
        found = {dimension: self.value(name) for name, dimension in FILTERS.items()}
        return {dimension: [value] for dimension, value in found.items() if value}

    @property
    def narrowed(self) -> dict[str, str]:
        """The same as parameters of a URL."""
        found = {name: self.value(name) for name in FILTERS}
        return {name: value for name, value in found.items() if value}


class UsageForm(FilterForm):
    """Range, metric, group and bucket beside the filters."""

    range = forms.ChoiceField(
        required=False, choices=[*((name, name) for name in PRESETS), (CUSTOM, CUSTOM)]
    )
    since = forms.DateField(label="From", required=False)
    until = forms.DateField(label="To", required=False)
    metric = forms.ChoiceField(required=False, choices=list(METRICS.items()))
    group = forms.ChoiceField(label="Group by", required=False)
    bucket = forms.ChoiceField(label="Column", required=False)

    def __init__(self, query: QueryDict, names: Names) -> None:
        self.now = database_now(connection)
        self.period = preset(RANGE_DEFAULT, self.now)
        super().__init__(query, names, ENDS)
        self.choose("group", list(GROUPS.items()))
        self.choose("bucket", list(BUCKETS.items()))
        for name in ("since", "until"):
            self.fields[name].widget.input_type = "date"
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        """The period, and whether metric, group and bucket go with it."""
        found = dict(self.cleaned_data)
        name = found.get("range") or RANGE_DEFAULT
        self.period = self._chosen(found) if name == CUSTOM else preset(name, self.now)
        if found.get("group") == "modality" and found.get("metric") not in (
            "",
            None,
            *_BY_MODALITY,
        ):
            self.add_error(
                "group",
                "One request can have several modalities: only credits and tokens can be split.",
            )
        days = self.period.days
        if found.get("group") == "user" and not found.get("user") and days > _USER_DAYS_MAX:
            self.add_error("group", f"Users are told apart over {_USER_DAYS_MAX} days at most.")
        wanted = found.get("bucket")
        if wanted and not self._fits(WIDTHS[wanted], found):
            few = WIDTHS[wanted].length >= DAY
            wrong = "few columns: take a longer" if few else "many columns: take a shorter"
            self.add_error("bucket", f"Too {wrong} range.")
        return self.cleaned_data  # without what is wrong

    def _chosen(self, found: dict[str, Any]) -> Period:
        """The days from the first to the last, both included, at most a year."""
        today = midnight(self.now)
        last = _day(found.get("until")) or today
        first = _day(found.get("since")) or last - 6 * DAY
        if last < first:
            self.add_error("until", "The last day comes before the first.")
            last = first
        if last - first >= CUSTOM_DAYS_MAX * DAY:
            self.add_error("since", f"A range has at most {CUSTOM_DAYS_MAX} days.")
            first = last - (CUSTOM_DAYS_MAX - 1) * DAY
        return Period(CUSTOM, first, last + DAY)

    def _fits(self, width: BucketWidth, found: dict[str, Any]) -> bool:
        length = self.period.before - self.period.first
        if width.length < DAY:
            users = found.get("group") == "user" or found.get("user")
            return length <= (_USER_HOURS_MAX if users else _HOURS_MAX)
        return length > DAY or self.period.name == CUSTOM

    @property
    def width(self) -> BucketWidth:
        """The bucket that was asked for, else one that makes a chart that can be read."""
        length = self.period.before - self.period.first
        auto = "1h" if length <= 2 * DAY else "1d" if length <= _DAYS_MAX else "7d"
        return WIDTHS[self.value("bucket", auto)]


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as what is read: ``dimension`` is "modality", one of billing's, or ""."""

    query: UsageQuery
    period: Period
    metric: str
    dimension: str
    narrowed: dict[str, str]


def asked_of(form: UsageForm, team_id: str) -> Asked:
    """What to read of a team."""
    group = form.value("group", GROUP_DEFAULT)
    metric = form.value("metric", METRIC_DEFAULT)
    if group == "modality" and metric not in _BY_MODALITY:
        metric = METRIC_DEFAULT
    dimension = "" if group == "none" else FILTERS.get(group, group)
    by = [] if dimension in ("", "modality") else [dimension]
    query = UsageQuery(team_id, form.width, by, form.dimensions)
    return Asked(query, form.period, metric, dimension, form.narrowed)


def _day(day: date | None) -> datetime | None:
    return None if day is None else datetime(day.year, day.month, day.day, tzinfo=UTC)
