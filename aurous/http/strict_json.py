"""JSON as strictly as two programs that must agree about money read it.

What one reader takes and another refuses (a name given twice, NaN, a lone surrogate) is refused.
"""

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.parsers import BaseParser

from aurous.kernel.errors import AurousError

_MEDIA_TYPE = re.compile(
    r'application/json[ \t]*(?:;[ \t]*charset[ \t]*=[ \t]*(?:utf-8|"utf-8")[ \t]*)?;?[ \t]*',
    re.IGNORECASE,
)
_SURROGATE_ESCAPE = re.compile(rb"\\u[dD][89abcdefABCDEF]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DOUBLE_DIGITS_MAX = 309  # the largest double has so many digits


def parse(body: bytes) -> dict[str, Any]:
    """The object that ``body`` is. Raises ``AurousError`` ``invalid_json`` for anything else."""
    if not body.strip(b" \t\r\n"):
        raise _refusal("The body is empty; send a JSON object.")
    value = _decoded(_text(body))
    if not isinstance(value, dict):
        raise _refusal("The body must be a JSON object.")
    # Cheap upper bound first: with so few brackets nothing can be nested too deep.
    if body.count(b"{") + body.count(b"[") > settings.JSON_DEPTH_MAX:
        _check_depth(value, settings.JSON_DEPTH_MAX)
    if _SURROGATE_ESCAPE.search(body):
        _check_surrogates(value)
    return value


def parse_exact(body: bytes) -> dict[str, Any]:
    """What ``parse`` has let pass, once more, with a ``Decimal`` in the place of each float."""
    value: dict[str, Any] = json.loads(body, parse_float=Decimal)
    return value


def check_media_type(content_type: str | None) -> None:
    """Raise ``unsupported_media_type`` unless the header says JSON in UTF-8."""
    if content_type is None or not _MEDIA_TYPE.fullmatch(content_type.strip()):
        sent = "no Content-Type" if not content_type else "another Content-Type"
        raise AurousError(
            "unsupported_media_type",
            f"The request has {sent}; send Content-Type: application/json (UTF-8).",
        )


def _refusal(message: str) -> AurousError:
    return AurousError("invalid_json", message)


def _text(body: bytes) -> str:
    if body.startswith(_BYTE_ORDER_MARK):
        raise _refusal("The body starts with a byte order mark; leave it out.")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise _refusal(f"The body is not UTF-8 (byte {error.start}).") from None


def _decoded(text: str) -> Any:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _refusal(f"The body is not valid JSON ({where}).") from None
    except RecursionError:
        raise _too_deep(settings.JSON_DEPTH_MAX) from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refusal("The body has an object that gives one name twice.")
    return found


def _whole_number(text: str) -> int:
    if len(text) >= _DOUBLE_DIGITS_MAX:
        _number(text)  # first as a double: reading a very long number exactly is quadratic
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _refusal("The body has a number that is out of the range of a double.")
    return number


def _constant(name: str) -> NoReturn:
    raise _refusal(f"The body holds {name}, which is not JSON.")


def _too_deep(levels_max: int) -> AurousError:
    return _refusal(f"The body is nested deeper than {levels_max} levels.")


def _check_depth(value: dict[str, Any], levels_max: int) -> None:
    """Go down level by level; each container is looked at once."""
    level: list[Any] = [value]
    for _ in range(levels_max):
        level = [part for container in level for part in _containers_in(container)]
        if not level:
            return
    raise _too_deep(levels_max)


def _containers_in(container: Any) -> list[Any]:
    parts = container.values() if isinstance(container, dict) else container
    return [part for part in parts if isinstance(part, (dict, list))]


def _check_surrogates(value: dict[str, Any]) -> None:
    """Half a surrogate pair cannot be written as UTF-8, wherever in the body it stands."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _refusal("The body has a lone surrogate escape (half a character).") from None


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_number,
    parse_int=_whole_number,
    parse_constant=_constant,
)


class StrictJSONParser(BaseParser):
    """The same rules for ``request.data``, where a view prefers REST framework's way."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The body as an object."""
        check_media_type(media_type)
        return parse(stream.read())
