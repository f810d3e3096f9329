"""``data:`` URLs: ``data:<mime>;base64,…``. What the type says is ignored; the bytes decide."""

import binascii
import re

PREFIX_CHARACTERS_MAX = 256
_PREFIX = re.compile(
    r"data:[a-z0-9!#$&^_.+-]+/[a-z0-9!#$&^_.+-]+(?:;[a-z0-9!#$&^_.+-]+=[^;,\s]*)*;base64,",
    re.IGNORECASE,
)


class NotBase64(ValueError):  # noqa: N818 - named by what happened
    """The part behind the comma is no base64."""


def is_data_url(url: str) -> bool:
    """Whether it is one at all, well formed or not."""
    return url[:5].lower() == "data:"


def start_of(url: str) -> int | None:
    """Where the base64 begins; None where the form is wrong."""
    found = _PREFIX.match(url[:PREFIX_CHARACTERS_MAX])
    return found.end() if found else None


def bytes_of(url: str) -> int:
    """How many bytes it holds, without decoding it. Its form must be right."""
    start = start_of(url) or 0
    padding = len(url) - len(url[-2:].rstrip("=")) - len(url[:-2])
    return (len(url) - start) * 3 // 4 - padding


def decode(url: str) -> bytes:
    """The bytes. Raises ``NotBase64``."""
    start = start_of(url)
    if start is None:
        raise NotBase64("no data: URL in base64")
    try:
        return binascii.a2b_base64(url[start:].encode("ascii"), strict_mode=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise NotBase64("not valid base64") from error
