"""What the list of requests is asked for: filters, a range, a place; all of it is in the URL."""

import re
from datetime import datetime
from typing import Any

from django import forms
from django.db import connection
from django.http import QueryDict

from aurous.kernel.clock import as_utc, database_now
from billing.models import HoldStatus
from embeddings.pages.names import Names
from embeddings.pages.period import CUSTOM, PRESETS, moment_of, preset
from embeddings.pages.usage_form import FilterForm, options
from embeddings.request_list import Place, Wanted

_ID = re.compile(r"emb_[0-9A-Z]{26}")
_MINUTE_INPUT = {"placeholder": "2026-01-31T09:00"}


class MinuteField(forms.CharField):
    """A minute of UTC, as ``datetime-local`` fields write it."""

    def __init__(self, **more: Any) -> None:
        widget = forms.TextInput(attrs=_MINUTE_INPUT)
        widget.input_type = "datetime-local"
        super().__init__(required=False, widget=widget, max_length=16, **more)

    def clean(self, value: Any) -> datetime | None:
        """None for nothing."""
        text = super().clean(value)
        try:
            return moment_of(text) if text else None
        except ValueError as error:
            raise forms.ValidationError(
                "Write a minute of UTC such as 2026-01-31T09:00."
            ) from error


# What a request can end with once credit was held for it; what is refused before leaves no row.
AFTER_THE_HOLD = (
    "internal_error",
    "media_fetch_failed",
    "media_too_large",
    "media_unsupported",
    "media_url_not_allowed",
    "provider_timeout",
    "provider_unavailable",
    "revoked_api_key",
    "team_suspended",
)


class RequestsForm(FilterForm):
    """The filters of usage, and the error code, the range, an id."""

    range = forms.ChoiceField(label="Range", required=False)
    since = MinuteField(label="From (UTC)")
    until = MinuteField(label="Before (UTC)")
    error = forms.ChoiceField(label="Error code", required=False)
    q = forms.CharField(label="Request id", required=False, max_length=40)

    def __init__(self, query: QueryDict, names: Names) -> None:
        self.now = database_now(connection)
        super().__init__(query, names, HoldStatus.values)
        ranges = [(name, f"Last {label}") for name, (label, _) in PRESETS.items()]
        self.choose("range", [("", "All time"), *ranges, (CUSTOM, "From … to …")])
        self.choose("error", options(sorted(AFTER_THE_HOLD), "Any"))
        self.fields["q"].widget.attrs |= {
            "placeholder": "emb_… or req_…",
            "autocomplete": "off",
            "spellcheck": "false",
        }
        self.full_clean()

    def clean(self) -> dict[str, Any]:
        """The end comes after the beginning."""
        found = dict(self.cleaned_data)
        since, until = found.get("since"), found.get("until")
        if found.get("range") == CUSTOM and since and until and until <= since:
            self.add_error("until", "The end must come after the beginning.")
        return self.cleaned_data  # without what is wrong

    @property
    def is_custom(self) -> bool:
        """Whether two minutes are asked for."""
        return self.value("range") == CUSTOM

    @property
    def wanted(self) -> Wanted:
        """Which requests."""
        first, before = self._range()
        return Wanted(self.dimensions, first, before, self.value("error"))

    def _range(self) -> tuple[datetime | None, datetime | None]:
        name = self.value("range")
        if name == CUSTOM:
            return self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if name in PRESETS:
            period = preset(name, self.now)
            return period.first, period.before
        return None, None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.narrowed or self.value("error") or self.value("range"))


def cursor_of(place: Place | None) -> str:
    """A place as the URL has it."""
    return "" if place is None else f"{place.created_at.isoformat()}~{place.id}"


def place_of(cursor: str) -> Place | None:
    """The opposite. None for none, and for what is no place: the newest page."""
    at, _, id_ = cursor.partition("~")
    try:
        place = Place(as_utc(datetime.fromisoformat(at)), id_)
        return place if _ID.fullmatch(id_) else None
    except (ValueError, OverflowError):
        return None
