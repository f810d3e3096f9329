"""Pure: the signature of a message. ``docs/webhooks.md`` has the other side."""

import hmac
from collections.abc import Iterable

SIGNATURE_HEADER = "Aurous-Webhook-Signature"
SCHEME = "v1"


def signature_header(secrets: Iterable[str], timestamp_s: int, body: bytes) -> str:
    """``t=…,v1=…``, with one ``v1`` for each secret that is valid now.

    Each is the HMAC-SHA256, in lower-case hex, of the timestamp, a dot and the body, under the
    whole text of the secret.
    """
    signed = f"{timestamp_s}.".encode() + body
    marks = [hmac.digest(secret.encode(), signed, "sha256").hex() for secret in secrets]
    return ",".join([f"t={timestamp_s}", *(f"{SCHEME}={mark}" for mark in marks)])
