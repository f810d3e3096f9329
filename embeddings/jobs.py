"""A job: one request on its way through a worker's pumps."""

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from aurous.kernel.errors import AurousError
from embeddings.reply import Vector
from embeddings.work import WorkItem, WorkReply

Deliver = Callable[[list[WorkReply]], None]  # gives replies to one web process; must not raise


@dataclass(slots=True)
class Job:
    """What the pumps know of one request. ``done`` is set when nothing more will happen to it."""

    item: WorkItem
    deliver: Deliver
    probe: bool = False  # nobody's request: outside of all money
    done: "Future[None]" = field(default_factory=Future)
    received_at: float = field(default_factory=time.monotonic)  # this process' clock, seconds
    expires_at: float = 0.0  # likewise; known once the database has started it
    vector: Vector | None = None
    error: AurousError | None = None
    queue_ms: float = 0.0
    compute_ms: float = 0.0

    @property
    def token_count(self) -> int:
        """Tokens of the customer's content."""
        return len(self.item.token_ids)

    def finish(self) -> None:
        """Nobody needs to wait for this job any more."""
        if not self.done.done():
            self.done.set_result(None)
