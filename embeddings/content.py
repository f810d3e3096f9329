"""What a customer sends as ``input``, checked and put in order: one document or several texts."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from aurous.kernel.errors import AurousError
from aurous.kernel.outbound.errors import UrlMalformed, UrlRefused
from aurous.kernel.outbound.urls import parse_target
from embeddings.media import data_urls

IMAGES_MAX = 8
VIDEOS_MAX = 2
URL_CHARACTERS_MAX = 2_048
DETAILS = ("low", "high", "auto")


@dataclass(frozen=True, slots=True)
class TextPart:
    """A piece of text."""

    text: str


@dataclass(frozen=True, slots=True)
class MediaPart:
    """A picture or a video: ``kind`` is ``image`` or ``video``; ``path`` is where its URL stood."""

    kind: str
    url: str = field(repr=False)
    path: str
    detail: str | None = None


Part = TextPart | MediaPart


@dataclass(frozen=True, slots=True)
class Content:
    """The parts of one document, in the customer's order; ``path`` is the field it stood in."""

    parts: tuple[Part, ...]
    path: str = "input"

    @property
    def media(self) -> list[MediaPart]:
        """The pictures and videos, in order."""
        return [part for part in self.parts if isinstance(part, MediaPart)]


def parse_input(value: object) -> tuple[Content, ...]:
    """``input`` of a request, as documents that each become a vector: a string or an array of
    parts is one, an array of strings as many. Raises for anything else.
    """
    if isinstance(value, str):
        return (Content((_text(value, "input"),)),)
    if isinstance(value, list):
        return _parse_array(value)
    raise AurousError(
        "invalid_format",
        "`input` must be a string, an array of strings or an array of parts.",
        param="input",
    )


def _parse_array(values: list[object]) -> tuple[Content, ...]:
    """Its first member says what the others must be."""
    if not values:
        raise AurousError("value_out_of_range", "`input` must not be empty.", param="input")
    if isinstance(values[0], str):
        return _parse_strings(values)
    if isinstance(values[0], int | list):
        raise AurousError(
            "invalid_format",
            "`input[0]` is no text: arrays of token ids are not taken. Send the text itself.",
            param="input[0]",
        )
    return (_parse_parts(values),)


def _parse_strings(values: list[object]) -> tuple[Content, ...]:
    if len(values) > settings.INPUT_BATCH_ITEMS_MAX:
        _too_many("strings", len(values), settings.INPUT_BATCH_ITEMS_MAX)
    paths = [f"input[{index}]" for index in range(len(values))]
    texts = [_one_text(value, path) for value, path in zip(values, paths, strict=True)]
    _check_characters(texts)
    return tuple(Content((text,), path) for text, path in zip(texts, paths, strict=True))


def _one_text(value: object, path: str) -> TextPart:
    if not isinstance(value, str):
        raise AurousError(
            "invalid_format",
            f"`{path}` is no string, as those before it are: send an array of strings only (a "
            "vector for each), or an array of parts only (one vector for all).",
            param=path,
        )
    return _text(value, path)


def _parse_parts(values: list[object]) -> Content:
    if len(values) > settings.INPUT_PARTS_MAX:
        _too_many("parts", len(values), settings.INPUT_PARTS_MAX)
    parts = tuple(_parse_part(value, f"input[{i}]") for i, value in enumerate(values))
    _check_counts(parts)
    return Content(parts)


def _check_counts(parts: tuple[Part, ...]) -> None:
    kinds = Counter(part.kind for part in parts if isinstance(part, MediaPart))
    if kinds["image"] > IMAGES_MAX:
        _too_many("images", kinds["image"], IMAGES_MAX)
    if kinds["video"] > VIDEOS_MAX:
        _too_many("videos", kinds["video"], VIDEOS_MAX)
    _check_characters([part for part in parts if isinstance(part, TextPart)])


def _check_characters(texts: Sequence[TextPart]) -> None:
    characters = sum(len(text.text) for text in texts)
    if characters > settings.INPUT_CHARACTERS_MAX:
        _too_long("input", characters)


def _too_many(what: str, count: int, limit: int) -> None:
    raise AurousError(
        "embeddings_input_too_many_items",
        f"`input` has {count} {what}; at most {limit} are allowed.",
        param="input",
    )


def _too_long(path: str, characters: int) -> None:
    raise AurousError(
        "value_out_of_range",
        f"`{path}` has {characters:,} characters; at most "
        f"{settings.INPUT_CHARACTERS_MAX:,} are allowed.",
        param=path,
    )


def _text(text: str, path: str) -> TextPart:
    if not text:
        raise AurousError("value_out_of_range", f"`{path}` must not be empty.", param=path)
    if len(text) > settings.INPUT_CHARACTERS_MAX:
        _too_long(path, len(text))
    if "\0" in text:
        raise AurousError(
            "invalid_format", f"`{path}` has a NUL character, which no text has.", param=path
        )
    return TextPart(text)


def _parse_part(value: object, path: str) -> Part:
    if not isinstance(value, dict):
        raise AurousError(
            "invalid_format", f"`{path}` must be a part: an object with a `type`.", param=path
        )
    kind = _required(value, "type", path)
    parser = _PARSERS.get(kind) if isinstance(kind, str) else None
    if parser is None:
        raise AurousError(
            "invalid_format",
            f"`{path}.type` must be one of {', '.join(_PARSERS)}.",
            param=f"{path}.type",
        )
    return parser(value, path)


def _required(value: Mapping[str, Any], name: str, path: str) -> object:
    if value.get(name) is None:
        raise AurousError("missing_field", f"`{path}.{name}` is required.", param=f"{path}.{name}")
    return value[name]


def _only(value: Mapping[str, Any], known: set[str], path: str) -> None:
    for name in value:
        if name not in known:
            raise AurousError(
                "unknown_field",
                f"`{path}.{name}` is not known. Known are: {', '.join(sorted(known))}.",
                param=f"{path}.{name}",
            )


def _parse_text(value: Mapping[str, Any], path: str) -> Part:
    _only(value, {"type", "text"}, path)
    text = _required(value, "text", path)
    if not isinstance(text, str):
        raise AurousError(
            "invalid_format", f"`{path}.text` must be a string.", param=f"{path}.text"
        )
    return _text(text, f"{path}.text")


def _media_parser(kind: str, fields: set[str]) -> Callable[[Mapping[str, Any], str], Part]:
    name = f"{kind}_url"

    def parse(value: Mapping[str, Any], path: str) -> Part:
        _only(value, {"type", name}, path)
        inner, inner_path = _required(value, name, path), f"{path}.{name}"
        if not isinstance(inner, dict):
            raise AurousError(
                "invalid_format", f"`{inner_path}` must be an object.", param=inner_path
            )
        _only(inner, fields, inner_path)
        url, url_path = _required(inner, "url", inner_path), f"{inner_path}.url"
        return MediaPart(kind, _url(url, url_path), url_path, _detail(inner, inner_path))

    return parse


def _detail(value: Mapping[str, Any], path: str) -> str | None:
    detail = value.get("detail")
    if detail is not None and detail not in DETAILS:
        raise AurousError(
            "invalid_format",
            f"`{path}.detail` must be one of {', '.join(DETAILS)}.",
            param=f"{path}.detail",
        )
    return detail


def _url(url: object, path: str) -> str:
    if not isinstance(url, str):
        raise AurousError("invalid_format", f"`{path}` must be a string.", param=path)
    if not url:
        raise AurousError("value_out_of_range", f"`{path}` must not be empty.", param=path)
    if data_urls.is_data_url(url):
        return _checked_data(url, path)
    if len(url) > URL_CHARACTERS_MAX:
        raise AurousError(
            "value_out_of_range",
            f"`{path}` has {len(url):,} characters; at most {URL_CHARACTERS_MAX:,} are allowed.",
            param=path,
        )
    return _checked_https(url, path)


def _checked_data(url: str, path: str) -> str:
    if data_urls.start_of(url) is None:
        raise AurousError(
            "invalid_format",
            f"`{path}` is no data URL that is read here: write data:<type>;base64,<content>.",
            param=path,
        )
    return url


def _checked_https(url: str, path: str) -> str:
    """What can be known without asking a name server; the worker asks and checks again."""
    try:
        parse_target(url, local_hosts=settings.AUROUS_MEDIA_DEV_HOSTS)
    except UrlMalformed as error:
        raise AurousError("invalid_format", f"`{path}`: {error}", param=path) from None
    except UrlRefused as error:
        raise AurousError("media_url_not_allowed", f"`{path}`: {error}", param=path) from None
    return url


_PARSERS: Mapping[str, Callable[[Mapping[str, Any], str], Part]] = {
    "text": _parse_text,
    "image_url": _media_parser("image", {"url", "detail"}),
    "video_url": _media_parser("video", {"url"}),
}
