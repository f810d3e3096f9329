"""Forms of the dashboard: how their widgets look, and refusals of operations beside fields."""

from typing import Any

from django import forms

from aurous.kernel.errors import AurousError

_CLASSES: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxInput, ""),
    (forms.CheckboxSelectMultiple, ""),
    (forms.RadioSelect, ""),
    (forms.HiddenInput, ""),
    (forms.FileInput, ""),
    (forms.Textarea, "area"),
    (forms.Select, "select"),
    (forms.Widget, "input"),
)


class PageForm(forms.Form):
    """A form whose widgets look as the pages' do."""

    required_css_class = "required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            given = next(css for kind, css in _CLASSES if isinstance(field.widget, kind))
            if given:
                field.widget.attrs.setdefault("class", given)

    def refuse(self, error: AurousError, **names: str) -> None:
        """Say why an operation refused, beside the field that its ``param`` names.

        ``names``: the form's name of a field where it differs from ``param``.
        """
        param = (error.param or "").split(".")[0].split("[")[0]
        name = names.get(param, param)
        self.add_error(name if name in self.fields else None, error.message)
