"""A number of credits that an operator types."""

import re
from typing import Any

from django import forms

from aurous.kernel.money import parse_credits
from billing.admin.acts import text_input

_MINUS = "\N{MINUS SIGN}"
_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)", re.ASCII)  # no exponents, no "inf"


class CreditsField(forms.CharField):
    """Cleans to nano-credits, never rounded and never 0; with ``signed`` also less than 0."""

    def __init__(self, *, signed: bool = False, nothing: str, **more: Any) -> None:
        """``nothing`` is said of 0."""
        self.signed, self.nothing = signed, nothing
        attributes = {"autofocus": True, "inputmode": "text"} if signed else {}
        widget = text_input(**{"inputmode": "decimal"} | attributes)
        super().__init__(label="Credits", max_length=40, widget=widget, **more)

    def clean(self, value: Any) -> int:
        """Raises ``ValidationError`` for what is no such number."""
        text = str(super().clean(value)).replace(_MINUS, "-")
        digits = text.removeprefix("-").removeprefix("+") if self.signed else text
        try:
            if not _NUMBER.fullmatch(digits):
                raise ValueError(f"{text!r} is not a number of credits")
            nano = parse_credits(text)
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from error
        if not nano:
            raise forms.ValidationError(self.nothing)
        return nano
