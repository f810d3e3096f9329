"""JSON out: exact amounts, floats in their shortest form, whatever ``Accept`` says."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from aurous.kernel.money import credits_text

MEDIA_TYPE = "application/json"
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_UTC_Z


def render(data: Any) -> bytes:
    """``data`` as JSON. Moments become RFC 3339 in UTC; a ``Decimal`` is refused (``TypeError``):
    amounts are nano-credits, written by ``credits_json``.
    """
    return orjson.dumps(data, option=_OPTIONS)


def credits_json(nano: int) -> orjson.Fragment:
    """An amount as an exact JSON decimal of credits, without passing through a float."""
    return orjson.Fragment(credits_text(nano))


class ExactJSONRenderer(BaseRenderer):
    """The one renderer of the API."""

    media_type = MEDIA_TYPE
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """``data`` as JSON."""
        return render(data)


class AlwaysJSON(BaseContentNegotiation):
    """``Accept`` is ignored: the answer is JSON."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser:
        """The first parser; it refuses other media types itself."""
        return next(iter(parsers))

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        """The first renderer."""
        renderer = next(iter(renderers))
        return renderer, MEDIA_TYPE
