"""The ``Idempotency-Key`` header: its two forms, and the one key that both mean."""

import re

from aurous.http.network import HasMeta
from aurous.kernel.errors import AurousError

KEY_CHARACTERS_MAX = 255
_VISIBLE = re.compile(r"[\x21-\x7e]+")
# A structured-field string (RFC 9651): only the quote and the backslash may be escaped.
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')
_ESCAPED = re.compile(r'\\(["\\])')


def key_of(request: HasMeta) -> str | None:
    """``parse_key`` of a request's header."""
    return parse_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))


def parse_key(header: str | None) -> str | None:
    """The key, without quotes; ``None`` where the header is absent.

    Raises ``AurousError`` ``invalid_idempotency_key`` unless it is 1 to 255 visible ASCII
    characters, bare or as a quoted string (``abc`` and ``"abc"`` are the same key).
    """
    if header is None:
        return None
    key = _unquoted(header.strip(" \t"))
    if not _VISIBLE.fullmatch(key) or len(key) > KEY_CHARACTERS_MAX:
        raise _refusal()
    return key


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    quoted = _QUOTED.fullmatch(text)
    if quoted is None:
        raise _refusal()
    return _ESCAPED.sub(r"\1", quoted[1])


def _refusal() -> AurousError:
    return AurousError(
        "invalid_idempotency_key",
        f"Idempotency-Key must be 1 to {KEY_CHARACTERS_MAX} visible ASCII characters without "
        "spaces, bare or in double quotes.",
        param="Idempotency-Key",
    )
