"""What travels between a web process and a worker."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from aurous.kernel.errors import AurousError
from billing.pricing import Cost, Tokens
from embeddings.reply import Vector


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One request that was let in, as a worker needs it. Never logged: it is the content."""

    id: str
    team_id: str
    token_ids: tuple[int, ...]  # the customer's tokens, without special ones
    dimensions: int
    keep_reply: bool  # it has an idempotency key: the answer is stored with the charge

    def as_message(self) -> list[Any]:
        """The form that goes through the broker."""
        return [self.id, self.team_id, list(self.token_ids), self.dimensions, self.keep_reply]

    @classmethod
    def from_message(cls, message: list[Any]) -> "WorkItem":
        """The way back from ``as_message``."""
        id_, team_id, token_ids, dimensions, keep_reply = message
        return cls(id_, team_id, tuple(token_ids), dimensions, keep_reply)


@dataclass(frozen=True, slots=True)
class WorkReply:
    """What became of one request: a vector with its numbers, or the error for its caller."""

    id: str
    error: AurousError | None = None
    vector: Vector | None = None
    tokens: Tokens = field(default_factory=Tokens)
    charged: Cost = field(default_factory=Cost)
    timings_ms: Mapping[str, float] = field(default_factory=dict)  # queue, compute, settle

    def as_message(self) -> tuple[list[Any], bytes]:
        """The form that goes back: a JSON-able head, and the vector's bytes."""
        error = self.error
        head = [
            self.id,
            [error.code, error.message, error.param, error.retry_after_s] if error else None,
            [self.tokens.text, self.tokens.visual, self.tokens.video],
            [self.charged.text, self.charged.visual, self.charged.video],
            dict(self.timings_ms),
        ]
        return head, b"" if self.vector is None else self.vector.astype("<f4").tobytes()

    @classmethod
    def from_message(cls, head: list[Any], vector: bytes) -> "WorkReply":
        """The way back from ``as_message``."""
        id_, error, tokens, charged, timings = head
        return cls(
            id_,
            AurousError(error[0], error[1], param=error[2], retry_after_s=error[3])
            if error
            else None,
            np.frombuffer(vector, dtype="<f4") if vector else None,
            Tokens(*tokens),
            Cost(*charged),
            timings,
        )
