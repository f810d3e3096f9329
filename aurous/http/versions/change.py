"""A breaking change of the API, as a class with three translations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Example:
    """What a change means to one request: its body without the model, and both answers' parts."""

    sent: Mapping[str, Any]
    before: str
    after: str


class VersionChange:
    """One breaking change. The code knows only the newest shape; a change translates one step.

    Subclasses set ``date``, ``title``, ``why``, the ``operations`` that it touches, what somebody
    who switches must look at (``advice``) and an ``example``, and override what it touches. A
    transform works on the envelope and never walks a vector. It never changes what it is given:
    the body that was sent is also what an idempotency fingerprint is made of.
    """

    date: ClassVar[str]
    title: ClassVar[str]
    why: ClassVar[str]
    operations: ClassVar[tuple[str, ...]]
    advice: ClassVar[str]
    example: ClassVar[Example]

    def request(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """A body of the version before this change, as the version of this change has it.

        Raises ``AurousError`` for what the version before refused and this one takes.
        """
        return body

    def response(self, operation: str, body: dict[str, Any]) -> dict[str, Any]:
        """An answer of this change's version, as the version before it had it."""
        return body

    def schema(self, document: dict[str, Any]) -> dict[str, Any]:
        """The OpenAPI document of this change's version, as of the version before it.

        The document is a copy that may be changed. Components that nothing refers to any more
        are dropped afterwards.
        """
        return document
