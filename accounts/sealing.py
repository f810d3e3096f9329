"""Answers that hold a secret, as the database may keep them: closed to all but their caller.

The text of an API key is stored nowhere, yet a replay owes the same bytes. So the stored answer is
encrypted under what the caller alone has and sends again: its API key (224 random bits). Team and
idempotency key are bound in, and the pepper, which is not in the database. Who can open an answer
could have made that key anyway.

The cipher is AES-256 in GCM, under a key of its own for each seal and a random nonce.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from accounts import peppers
from accounts.peppers import Pepper

NONCE_BYTES = 12
TAG_BYTES = 16


@dataclass(frozen=True, slots=True)
class Seal:
    """What opens an answer: who asked, with which idempotency key."""

    team_id: str
    idempotency_key: str
    api_key: str = field(repr=False)

    def close(self, answer: bytes) -> bytes:
        """``answer``, as it may be stored: nonce, ciphertext, tag. Never the same twice."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # rarely needed, and large

        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self._key(peppers.current())).encrypt(nonce, answer, None)

    def open(self, stored: bytes) -> bytes | None:
        """The answer, or None where this is not the seal that closed it (or its pepper is gone)."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        if len(stored) < NONCE_BYTES + TAG_BYTES:
            return None
        nonce, hidden = stored[:NONCE_BYTES], stored[NONCE_BYTES:]
        for pepper in peppers.accepted():
            try:
                return AESGCM(self._key(pepper)).decrypt(nonce, hidden, None)
            except InvalidTag:
                continue
        return None

    def _key(self, pepper: Pepper) -> bytes:
        """256 bits. No part holds a line's end, so that no two seals are the same text."""
        parts = ("sealed answer", self.team_id, self.idempotency_key, self.api_key)
        return hmac.digest(pepper.secret, "\n".join(parts).encode(), "sha256")
