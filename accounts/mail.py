"""Mail: the words are written once, as text; the HTML is made of them, in the pages' look."""

import re
from dataclasses import dataclass

from django.template.loader import render_to_string

_LINK = re.compile(r"https?://\S+")
_CODE = re.compile(r"[A-Z0-9]{3,12}(-[A-Z0-9]{3,12})*")


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph: ``link`` and ``code`` stand alone in theirs, anything else is ``text``."""

    kind: str
    text: str


def blocks_of(text: str) -> list[Block]:
    """The paragraphs of a mail."""
    parts = (part.strip() for part in re.split(r"\n\s*\n", text.strip()))
    return [Block(_kind(part), part) for part in parts if part]


def _kind(part: str) -> str:
    if _LINK.fullmatch(part):
        return "link"
    return "code" if _CODE.fullmatch(part) else "text"


def html_of(subject: str, text: str) -> str:
    """The mail as HTML; every word of it is in the text too."""
    return render_to_string("mail/message.html", {"subject": subject, "blocks": blocks_of(text)})
