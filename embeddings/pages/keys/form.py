"""The form of a key: to make one, and to change one."""

from typing import Any, cast

from django import forms
from django.utils.html import format_html

from accounts.api_keys import KeyChanges
from accounts.key_options import KeyOptions
from accounts.models import ApiKey, Scope
from accounts.models.api_keys import KEY_NAME_CHARACTERS_MAX
from accounts.validation import WHOLE_NUMBER_MAX
from aurous.kernel.money import credits_text, parse_typed_credits
from aurous.ui.forms import PageForm
from embeddings.catalog import served

_SCOPES = (
    (Scope.WRITE, "Write", "Sends requests, and reads. For your programs."),
    (Scope.READ, "Read", "Reads usage, statement and models. Spends nothing."),
    (Scope.FULL, "Full", "Also makes, changes and revokes keys. Keep it on a server you trust."),
)
_MOMENT = "%Y-%m-%dT%H:%M"
_LIMITS = ("limit_day", "limit_month", "limit_total")


class CreditsField(forms.CharField):
    """A number of credits; cleans to nano-credits, or None where nothing is typed."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"inputmode": "decimal", "placeholder": "No limit", "autocomplete": "off"}
        super().__init__(required=False, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> int | None:
        """Exact: nothing is rounded."""
        text = str(super().clean(value))
        if not text:
            return None
        try:
            return parse_typed_credits(text)
        except ValueError as error:
            raise forms.ValidationError(
                "Type a number of credits such as 250 or 12.5, with at most 9 digits behind the "
                "point and no other signs."
            ) from error

    def has_changed(self, initial: Any, data: Any) -> bool:
        """As amounts: 5 and 5.0 are the same."""
        try:
            return bool(self.clean(data) != self.clean(initial))
        except forms.ValidationError:
            return True


class KeyForm(PageForm):
    """What a key is called, what it may do, and its limits."""

    name = forms.CharField(
        max_length=KEY_NAME_CHARACTERS_MAX,
        help_text="Where it is used, so that you know it again: “search, production”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        choices=[
            (scope.value, cast(str, format_html("{} <small>{}</small>", label, meaning)))
            for scope, label, meaning in _SCOPES
        ],
        widget=forms.RadioSelect,
    )
    expires_at = forms.DateTimeField(
        label="Expires (UTC)",
        required=False,
        input_formats=[_MOMENT, f"{_MOMENT}:%S"],
        help_text="Empty: never. Afterwards every request with it is refused.",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
        error_messages={"invalid": "Choose a date and a time."},
    )
    limit_day = CreditsField(label="A day")
    limit_month = CreditsField(label="A month")
    limit_total = CreditsField(label="In all")
    rpm = forms.IntegerField(
        label="Requests a minute",
        required=False,
        min_value=1,
        max_value=WHOLE_NUMBER_MAX,
        help_text="On top of the team's limit. Empty: only that.",
        widget=forms.NumberInput(attrs={"placeholder": "No limit"}),
    )
    models = forms.MultipleChoiceField(
        required=False,
        help_text="None chosen: every model, later ones too.",
        widget=forms.CheckboxSelectMultiple,
    )
    cidrs = forms.CharField(
        label="Networks",
        required=False,
        help_text="One a line, such as 203.0.113.0/24 or 198.51.100.7. Empty: from anywhere.",
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, key: ApiKey | None = None) -> None:
        super().__init__(data, initial=_initial(key) if key else {"scope": Scope.WRITE})
        slugs = [entry.slug for entry in served()]
        slugs += [slug for slug in (key and key.models) or [] if slug not in slugs]
        field = self.fields["models"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(slug, slug) for slug in slugs]

    @property
    def has_rules(self) -> bool:
        """Whether the part that most keys leave empty shall be open."""
        names = ("expires_at", *_LIMITS, "rpm", "models", "cidrs")
        return any(self[name].value() or self[name].errors for name in names)

    def options(self) -> KeyOptions:
        """The rules of a new key: those that were filled in."""
        given = {name: value for name, value in self._rules().items() if value is not None}
        return cast(KeyOptions, given)

    def changes(self) -> KeyChanges:
        """What was changed; None takes a rule away."""
        everything = {**self._rules(), "name": self.cleaned_data["name"]}
        everything["scope"] = self.cleaned_data["scope"]
        columns = {_column(name) for name in self.changed_data}
        return cast(
            KeyChanges, {name: value for name, value in everything.items() if name in columns}
        )

    def _rules(self) -> dict[str, Any]:
        found = self.cleaned_data
        return {
            "expires_at": found["expires_at"],
            **{_column(name): found[name] for name in _LIMITS},
            "rpm": found["rpm"],
            "models": found["models"] or None,
            "cidrs": found["cidrs"].split() or None,
        }


def _column(name: str) -> str:
    return f"{name}_nano" if name in _LIMITS else name


def _initial(key: ApiKey) -> dict[str, Any]:
    limits = {name: getattr(key, _column(name)) for name in _LIMITS}
    return {
        "name": key.name,
        "scope": key.scope,
        # To the minute, as the field shows it: what was not touched is not changed.
        "expires_at": key.expires_at and key.expires_at.replace(second=0, microsecond=0),
        **{name: "" if nano is None else credits_text(nano) for name, nano in limits.items()},
        "rpm": key.rpm,
        "models": key.models or [],
        "cidrs": "\n".join(key.cidrs or []),
    }
