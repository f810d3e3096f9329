"""Whether a webhook was sent by who has the secret, and lately."""

import stripe

from billing.gateway.base import BadSignature


def verify(body: bytes, header: str, secrets: list[str], *, now_s: int, tolerance_s: int) -> None:
    """Raises ``BadSignature``. The time is the database's: this machine's clock may be wrong.

    Several secrets: while one is being replaced, both are good. None at all is refused: whoever
    knows an empty secret can sign.
    """
    if not secrets or not all(secrets):
        raise BadSignature("there is no secret to verify with")
    if abs(now_s - _timestamp(header)) > tolerance_s:
        raise BadSignature("the signature is too old")
    if not any(_signed_with(secret, body, header) for secret in secrets):
        raise BadSignature("the signature is not that of this body")


def _signed_with(secret: str, body: bytes, header: str) -> bool:
    try:
        text = body.decode()
        return bool(stripe.WebhookSignature.verify_header(text, header, secret, None))
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


def _timestamp(header: str) -> int:
    """The moment that was signed. With several, the signature is of the first."""
    for part in header.split(","):
        name, _, value = part.partition("=")
        if name == "t" and value.isascii() and value.isdigit():
            return int(value)
    raise BadSignature("the signature has no time")
