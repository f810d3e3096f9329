"""The page that every error's ``doc_url`` points at, made from ``docs/errors.md``."""

import re
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from aurous.kernel.errors import ERROR_CODES

_SECTION = re.compile(r"^## (\w+)\n\n`\d+`\. (.+?)(?=\n\n|\n*\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'"
)


@dataclass(frozen=True, slots=True)
class Described:
    """One error code with what it means and what to do."""

    code: str
    status: int
    type: str
    text: SafeString


@lru_cache(maxsize=1)
def described() -> list[Described]:
    """Every code in the order of the document. Raises ``LookupError`` if one is not described."""
    text = (settings.BASE_DIR / "docs" / "errors.md").read_text()
    texts = dict(_SECTION.findall(text))
    missing = set(ERROR_CODES) ^ set(texts)
    if missing:
        raise LookupError(f"docs/errors.md and the codes differ in {', '.join(sorted(missing))}")
    return [
        Described(code, ERROR_CODES[code].status, ERROR_CODES[code].type, _html(words))
        for code, words in texts.items()
    ]


def _html(words: str) -> SafeString:
    """Escaped, with code in backticks marked."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", str(escape(words))))  # noqa: S308 - escaped


def errors_page(request: HttpRequest) -> HttpResponse:
    """All error codes; each is an anchor."""
    response = render(request, "pages/errors.html", {"errors": described()})
    response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    return response
