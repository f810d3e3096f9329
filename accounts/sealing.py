"""Answers that hold a secret, as the database may keep them: closed to all but their caller.

The text of an API key is stored nowhere, yet a replay owes the same bytes. So the stored answer is
encrypted under what the caller alone has and sends again: its API key (224 random bits). Team and
idempotency key are bound in, and the pepper, which is not in the database. Who can open an answer
could have made that key anyway.

The cipher is a key stream of SHAKE-256 under a key of its own for each answer, then HMAC-SHA256
over nonce and ciphertext: a stream cipher from a pseudo-random function, encrypt-then-MAC.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from accounts import peppers
from accounts.peppers import Pepper

NONCE_BYTES = 16
TAG_BYTES = 32


@dataclass(frozen=True, slots=True)
class Seal:
    """What opens an answer: who asked, with which idempotency key."""

    team_id: str
    idempotency_key: str
    api_key: str = field(repr=False)

    def close(self, answer: bytes) -> bytes:
        """``answer``, as it may be stored: nonce, tag, ciphertext. Never the same twice."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        stream, tag = self._keys(peppers.current(), nonce)
        hidden = _xor(answer, stream)
        return nonce + _tag(tag, nonce, hidden) + hidden

    def open(self, stored: bytes) -> bytes | None:
        """The answer, or None where this is not the seal that closed it (or its pepper is gone)."""
        nonce, rest = stored[:NONCE_BYTES], stored[NONCE_BYTES:]
        found, hidden = rest[:TAG_BYTES], rest[TAG_BYTES:]
        for pepper in peppers.accepted():
            stream, tag = self._keys(pepper, nonce)
            if hmac.compare_digest(found, _tag(tag, nonce, hidden)):
                return _xor(hidden, stream)
        return None

    def _keys(self, pepper: Pepper, nonce: bytes) -> tuple[bytes, bytes]:
        """A key for the stream and one for the tag. No part holds a line's end, so that no two
        seals are the same text.
        """
        parts = ("sealed answer", self.team_id, self.idempotency_key, self.api_key)
        root = hmac.digest(pepper.secret, "\n".join(parts).encode() + b"\n" + nonce, "sha256")
        return hmac.digest(root, b"stream", "sha256"), hmac.digest(root, b"tag", "sha256")


def _xor(text: bytes, key: bytes) -> bytes:
    stream = hashlib.shake_256(key).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))


def _tag(key: bytes, nonce: bytes, hidden: bytes) -> bytes:
    return hmac.digest(key, nonce + hidden, "sha256")
