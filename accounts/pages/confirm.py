"""A destructive act asks for the name of what it touches."""

from typing import Any

from django import forms

from aurous.ui.forms import PageForm


class NameTyped(PageForm):
    """Valid when ``wanted`` was typed, whatever its case and the blanks around it."""

    typed = forms.CharField(required=True, strip=True)

    def __init__(self, *args: Any, wanted: str, label: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = wanted
        field = self.fields["typed"]
        field.label = label
        field.widget.attrs |= {
            "autocomplete": "off",
            "autocapitalize": "off",
            "spellcheck": "false",
        }

    def clean_typed(self) -> str:
        """The name, else an error that says what to type."""
        typed = str(self.cleaned_data["typed"])
        if typed.casefold() != self.wanted.strip().casefold():
            raise forms.ValidationError(f"That is not the same. Type {self.wanted}")
        return typed
