"""Peppers: the secrets, kept outside the database, that API keys are digested under.

Rotation: first put the new one behind the old one everywhere (``1:old,2:new``), then in front
(``2:new,1:old``), and drop the old one when no live secret was made under it any more.
"""

import hmac
import re
from dataclasses import dataclass, field
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

_NUMBERED = re.compile(r"([0-9]{1,4}):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pepper:
    """One secret and the number that a digest made under it remembers."""

    version: int
    secret: bytes = field(repr=False)


@lru_cache(maxsize=8)
def parse(text: str) -> tuple[Pepper, ...]:
    """The peppers of ``"2:new,1:old"``, the maker of new digests first. A bare value is version 1.

    Raises ``ImproperlyConfigured`` for an empty one or a number given twice; the message holds
    no secret.
    """
    found = tuple(_pepper(part.strip()) for part in text.split(","))
    versions = [pepper.version for pepper in found]
    if len(set(versions)) != len(versions):
        raise ImproperlyConfigured(f"AUROUS_KEY_PEPPERS gives a version twice: {versions}")
    return found


def _pepper(part: str) -> Pepper:
    numbered = _NUMBERED.fullmatch(part)
    version, secret = (int(numbered[1]), numbered[2]) if numbered else (1, part)
    if not secret or not version:
        raise ImproperlyConfigured("AUROUS_KEY_PEPPERS has an empty part or a version 0")
    return Pepper(version, secret.encode())


def current() -> Pepper:
    """The pepper that new digests are made under."""
    return accepted()[0]


def accepted() -> tuple[Pepper, ...]:
    """Every pepper that something stored may have been made under, the current one first."""
    return parse(settings.AUROUS_KEY_PEPPERS)


def digest(pepper: Pepper, text: str) -> str:
    """HMAC-SHA256 of a key's text, in lower-case hex."""
    return hmac.digest(pepper.secret, text.encode(), "sha256").hex()


def digests(text: str) -> list[str]:
    """Every digest that this text may be stored under, the current pepper's first."""
    return [digest(pepper, text) for pepper in accepted()]
