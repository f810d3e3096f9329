"""The body of an embedding request, field by field."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from aurous.kernel.errors import AurousError
from embeddings.content import Content, parse_input
from embeddings.reply import BASE64

EMBEDDING_FIELDS = ("model", "input", "dimensions", "encoding_format", "user")
ESTIMATE_FIELDS = ("model", "input", "dimensions")
ENCODING_FORMATS = ("float", BASE64)


@dataclass(frozen=True, slots=True)
class EmbeddingRequest:
    """A body whose every field is known and well formed."""

    model: str
    documents: tuple[Content, ...]
    dimensions: int | None
    encoding_format: str
    user: str


def parse_body(body: Mapping[str, Any], fields: Collection[str]) -> EmbeddingRequest:
    """Check a parsed body against the fields that a route takes."""
    _refuse_unknown(body, fields)
    for name in ("model", "input"):
        if body.get(name) is None:
            raise AurousError("missing_field", f"`{name}` is required.", param=name)
    return EmbeddingRequest(
        model=_bounded_text(body["model"], "model", settings.MODEL_CHARACTERS_MAX),
        documents=parse_input(body["input"]),
        dimensions=_dimensions(body.get("dimensions")),
        encoding_format=_encoding_format(body.get("encoding_format")),
        user=_user(body.get("user")),
    )


def _refuse_unknown(body: Mapping[str, Any], fields: Collection[str]) -> None:
    for name in body:
        if name not in fields:
            shown = name[:64]
            raise AurousError(
                "unknown_field",
                f"`{shown}` is not known here. Known are: {', '.join(fields)}.",
                param=shown,
            )


def _bounded_text(value: object, name: str, characters_max: int) -> str:
    if not isinstance(value, str):
        raise AurousError("invalid_format", f"`{name}` must be a string.", param=name)
    if not 1 <= len(value) <= characters_max:
        raise AurousError(
            "value_out_of_range",
            f"`{name}` must have 1 to {characters_max} characters, not {len(value)}.",
            param=name,
        )
    if "\0" in value:
        raise AurousError("invalid_format", f"`{name}` has a NUL character.", param=name)
    return value


def _user(value: object) -> str:
    return "" if value is None else _bounded_text(value, "user", settings.USER_CHARACTERS_MAX)


def _dimensions(value: object) -> int | None:
    if value is None:
        return None
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        raise AurousError(
            "invalid_format", "`dimensions` must be a whole number.", param="dimensions"
        )
    number = int(value)  # type: ignore[call-overload]  # a number, by the line above
    if number < 1:
        raise AurousError(
            "value_out_of_range",
            f"`dimensions` must be at least 1, not {number}.",
            param="dimensions",
        )
    return int(number)


def _encoding_format(value: object) -> str:
    if value is None:
        return "float"
    if value not in ENCODING_FORMATS or not isinstance(value, str):
        raise AurousError(
            "invalid_format",
            f"`encoding_format` must be one of {', '.join(ENCODING_FORMATS)}.",
            param="encoding_format",
        )
    return value
