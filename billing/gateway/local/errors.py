"""Answers that say no, as Stripe says it."""

from typing import Any

Raw = dict[str, Any]


class Refused(Exception):  # noqa: N818 - an answer
    """An error answer: its HTTP status and what stands in ``error``."""

    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(error.get("message", ""))
        self.status = status
        self.body: Raw = {"error": error}


def invalid(message: str, param: str | None = None, code: str | None = None) -> Refused:
    """A request that makes no sense."""
    return Refused(400, type="invalid_request_error", message=message, param=param, code=code)


def missing(kind: str, object_id: str) -> Refused:
    """There is no such object."""
    message = f"No such {kind}: '{object_id}'"
    return Refused(
        404, type="invalid_request_error", message=message, param="id", code="resource_missing"
    )


def declined(code: str, decline_code: str, payment: Raw) -> Refused:
    """A card that was refused, with the payment that it happened to."""
    return Refused(
        402,
        type="card_error",
        message="Your card was declined.",
        code=code,
        decline_code=decline_code,
        payment_intent=payment,
    )
