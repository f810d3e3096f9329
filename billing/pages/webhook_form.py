"""The form of an endpoint: where to, of what, and a note."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from aurous.ui.forms import PageForm
from billing.models import WebhookEndpoint
from billing.models.webhook_endpoints import DESCRIPTION_CHARACTERS_MAX, URL_CHARACTERS_MAX
from billing.pages.webhook_words import ALL_EVENTS, EVENTS, host_of
from billing.webhooks.endpoints import ROLL_HOURS_DEFAULT, ROLL_OVERLAP_HOURS
from billing.webhooks.event_types import ALL

_OVERLAPS = {
    0: "no time: it ends now",
    1: "1 hour",
    24: "24 hours",
    168: "7 days",
}


def _label(event: str, sentence: str) -> SafeString:
    return format_html("<code>{}</code> <small>{}</small>", event, sentence)


class EndpointForm(PageForm):
    """A new endpoint, or changes to one. The operation has the last word."""

    url = forms.CharField(
        label="URL",
        max_length=URL_CHARACTERS_MAX,
        help_text="An https address on a public host. It must answer 2xx within 10 seconds.",
        widget=forms.URLInput(
            attrs={"placeholder": "https://hooks.example.com/aurous", "autocomplete": "off"}
        ),
    )
    description = forms.CharField(
        label="Description",
        required=False,
        max_length=DESCRIPTION_CHARACTERS_MAX,
        help_text="For your team: what listens there.",
    )
    events = forms.MultipleChoiceField(
        label="Events",
        choices=[
            (ALL, _label("all", ALL_EVENTS)),
            *((event, _label(event, sentence)) for event, sentence in EVENTS.items()),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )

    @property
    def wanted(self) -> dict[str, Any]:
        """The fields as operations take them."""
        return {name: self.cleaned_data[name] for name in ("url", "events", "description")}


class RollForm(PageForm):
    """How long the old secret goes on."""

    overlap_hours = forms.TypedChoiceField(
        label="The old secret goes on signing for",
        coerce=int,
        initial=ROLL_HOURS_DEFAULT,
        choices=[(hours, _OVERLAPS[hours]) for hours in ROLL_OVERLAP_HOURS],
        help_text="Until then messages carry a signature of each, and either fits.",
    )


class DeleteForm(PageForm):
    """The host, typed by who means it."""

    host = forms.CharField(
        label="Host of the URL",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, endpoint: WebhookEndpoint, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted_host = host_of(endpoint.url)

    def clean_host(self) -> str:
        """It must be this endpoint's."""
        host = str(self.cleaned_data["host"]).strip().lower()
        if host != self.wanted_host.lower():
            raise forms.ValidationError(f"Type {self.wanted_host} to delete this endpoint.")
        return host
