"""What the playground is given: two inputs, each a text, files, or both."""

import base64
import mimetypes
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from aurous.ui.forms import PageForm
from embeddings.catalog import Entry

SIDES = ("a", "b")


class ManyFilesInput(forms.ClearableFileInput):
    """A field for several files, none of which is kept."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class ManyFilesField(forms.FileField):
    """Several files in the order in which they were chosen."""

    def __init__(self, **kwargs: Any) -> None:
        widget = ManyFilesInput(attrs={"accept": "image/*,video/*"})
        super().__init__(required=False, allow_empty_file=True, widget=widget, **kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """A list of files."""
        return [super(ManyFilesField, self).clean(one, initial) for one in data or []]


class PlaygroundForm(PageForm):
    """Model, dimensions, and the two inputs. What is wrong with content, the platform says."""

    model = forms.ChoiceField(label="Model")
    dimensions = forms.TypedChoiceField(
        label="Dimensions", required=False, coerce=int, empty_value=None
    )
    text_a = forms.CharField(label="Text", required=False, strip=False, widget=forms.Textarea)
    text_b = forms.CharField(label="Text", required=False, strip=False, widget=forms.Textarea)
    files_a = ManyFilesField(label="Pictures and videos")
    files_b = ManyFilesField(label="Pictures and videos")

    def __init__(self, *args: Any, models: list[Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["model"].choices = [(entry.slug, entry.slug) for entry in models]  # type: ignore[attr-defined]
        sizes = sorted({size for entry in models for size in entry.dimensions or ()}, reverse=True)
        choices = [("", "As the model gives"), *((size, f"{size:,}") for size in sizes)]
        self.fields["dimensions"].choices = choices  # type: ignore[attr-defined]
        for side in SIDES:
            self.fields[f"text_{side}"].widget.attrs |= {
                "rows": 5,
                "maxlength": settings.INPUT_CHARACTERS_MAX,
            }

    def bodies(self) -> dict[str, dict[str, Any]]:
        """By side, what ``POST /v1/embeddings`` would be sent; a side with nothing in it is out."""
        found = {}
        for side in SIDES:
            text, files = self.cleaned_data[f"text_{side}"], self.cleaned_data[f"files_{side}"]
            if text or files:
                found[side] = self._body(text, files)
        return found

    def _body(self, text: str, files: "list[UploadedFile[Any]]") -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.cleaned_data["model"], "input": text}
        if files:
            texts = [{"type": "text", "text": text}] if text else []
            body["input"] = [*texts, *map(part_of, files)]
        if self.cleaned_data["dimensions"]:
            body["dimensions"] = self.cleaned_data["dimensions"]
        return body


def part_of(file: "UploadedFile[Any]") -> dict[str, Any]:
    """A file as a part of the input. Its bytes decide what it is; the name only says which list."""
    name = file.name or ""
    mime = file.content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    kind = "video_url" if mime.startswith("video/") else "image_url"
    content = base64.b64encode(file.read()).decode()
    return {"type": kind, kind: {"url": f"data:{mime};base64,{content}"}}
