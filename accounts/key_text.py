"""The text of an API key: how it is made and how a mistyped one is told without asking anybody."""

import re
import secrets
import zlib

PREFIX = "al_live_"
RANDOM_BYTES = 28  # 224 bits, 56 hex characters
CHECKSUM_CHARACTERS = 8
HEAD_CHARACTERS = 14
TAIL_CHARACTERS = 4
_SHAPE = re.compile(rf"{PREFIX}[0-9a-f]{{{2 * RANDOM_BYTES + CHECKSUM_CHARACTERS}}}")


def new_text() -> str:
    """A fresh key: the prefix, 56 random hex characters, then the checksum of all of that."""
    body = PREFIX + secrets.token_hex(RANDOM_BYTES)
    return body + _checksum(body)


def checksum_ok(text: str) -> bool:
    """Whether this can be a key at all: the right form, and the CRC32 of what comes before it.

    Any one wrong character is found. It says nothing about whether the key exists.
    """
    if _SHAPE.fullmatch(text) is None:
        return False
    return _checksum(text[:-CHECKSUM_CHARACTERS]) == text[-CHECKSUM_CHARACTERS:]


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode('ascii')):08x}"
