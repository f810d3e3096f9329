"""Fields for amounts: dollars as people write them, and credits."""

from typing import Any

from django import forms

from aurous.kernel.money import parse_credits
from billing.topup_amounts import parse_cents

_ATTRS = {"inputmode": "decimal", "autocomplete": "off"}


class DollarsField(forms.CharField):
    """Cleans to cents; None where nothing was written and nothing has to be."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs=dict(_ATTRS)))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> int | None:
        """Raises ``ValidationError`` for what is no amount."""
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse_cents(text)
        except ValueError as error:
            told = "Write dollars, with a point before the cents: 25 or 12.50."
            raise forms.ValidationError(told) from error


class CreditsField(forms.CharField):
    """Cleans to nano-credits."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs=dict(_ATTRS)))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> int:
        """Raises ``ValidationError`` for what is no number of credits."""
        try:
            return parse_credits(super().clean(value).replace(",", ""))
        except ValueError as error:
            told = "Give a number of credits with at most 9 decimals."
            raise forms.ValidationError(told) from error
