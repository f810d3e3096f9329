"""The form of a model: what a new one must say so that requests to it can work."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import MinValueValidator, RegexValidator
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextInputWidget

from embeddings import tokens
from embeddings.models import CatalogModel

if TYPE_CHECKING:
    _CatalogModelForm = forms.ModelForm[CatalogModel]
else:  # the class takes no arguments when it runs
    _CatalogModelForm = forms.ModelForm

MODALITIES = ("text", "image", "video")
_SLUG = RegexValidator(
    r"^[a-z0-9][a-z0-9._-]*\Z", "Small letters, digits, dots, dashes and underscores."
)


class CatalogModelForm(_CatalogModelForm):
    """A model. On the page of one that is there, most of these fields are only shown."""

    dimensions = forms.CharField(
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(),
        help_text="Sizes that a request may ask for, as 256, 512. Empty: it may ask for none.",
    )
    modalities = forms.MultipleChoiceField(
        choices=[(name, name) for name in MODALITIES],
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    class Meta:
        model = CatalogModel
        fields = (
            "slug",
            "state",
            "engine",
            "tokenizer",
            "owned_by",
            "context_window",
            "default_dimensions",
            "dimensions",
            "modalities",
            "development_only",
        )
        help_texts = {
            "slug": "What customers write as the model.",
            "owned_by": "Who made it, under which licence.",
            "context_window": "Tokens of the customer's content.",
            "development_only": "Served with AUROUS_STUB_MODEL=1 only.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("context_window", "default_dimensions"):
            if name in self.fields:
                self.fields[name].validators.append(MinValueValidator(1))
        if "slug" in self.fields:
            self.fields["slug"].validators.append(_SLUG)

    def clean_tokenizer(self) -> str:
        """One that this build has: without it no request could be priced."""
        name: str = self.cleaned_data["tokenizer"]
        try:
            tokens.token_ids(name, "a")
        except (LookupError, OSError, ValueError) as error:
            raise forms.ValidationError(f"This build cannot load a tokenizer {name!r}.") from error
        return name

    def clean_dimensions(self) -> list[int] | None:
        """A list of sizes, or None."""
        words = self.cleaned_data["dimensions"].replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() and int(word) for word in words):
            raise forms.ValidationError("Write whole numbers above 0, as 256, 512.")
        return [int(word) for word in words] or None

    def clean(self) -> dict[str, Any]:
        """The default is one of the sizes."""
        cleaned = super().clean() or {}
        sizes, default = cleaned.get("dimensions"), cleaned.get("default_dimensions")
        if sizes and default and default not in sizes:
            self.add_error("dimensions", f"The default, {default}, must be among them.")
        return cleaned
