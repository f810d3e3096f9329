"""What a team should look after: a sentence, how grave it is, and the page that mends it."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Notice:
    """``tone`` "bad" stops requests, "warn" will, "open" only waits. ``until`` stands behind the
    sentence.
    """

    tone: str
    icon: str
    sentence: str
    link: str
    link_text: str
    until: datetime | None = None


def place(name: str, *arguments: str) -> str:
    """The address of a page; "" where this installation has none."""
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""
