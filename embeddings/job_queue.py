"""The fair queue of jobs, as a pump wants it."""

import time
from dataclasses import dataclass
from typing import Generic, TypeVar

from aurous.kernel.pump import Entry
from embeddings.batching import FairQueue, Waiting, packed_cost
from embeddings.jobs import Job
from embeddings.media.geometry import PATCHES_PER_TOKEN
from embeddings.settlement import missed_deadline

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much goes into one batch. ``patches_max`` None: any number."""

    tokens_max: int
    items_max: int
    patches_max: int | None = None


class JobQueue(Generic[R]):
    """Jobs in line; those past their deadline come out as dropped. Its owner holds a lock."""

    def __init__(self, limits: BatchLimits) -> None:
        self.fair: FairQueue[Entry[Job, R]] = FairQueue(packed_cost)
        self._limits = limits

    def push(self, entry: Entry[Job, R]) -> None:
        """Put a job behind those of its team."""
        job = entry[0]
        tokens = job.item.tokens_max if job.input is None else job.tokens
        self.fair.push(
            Waiting(
                entry,
                job.item.team_id,
                tokens.total,
                job.expires_at,
                patches=PATCHES_PER_TOKEN * (tokens.visual + tokens.video),
            ),
            time.monotonic(),
        )

    def take(self) -> tuple[list[Entry[Job, R]], list[tuple[Entry[Job, R], Exception]]]:
        """The next batch, and what came too late."""
        limits = self._limits
        batch, expired = self.fair.take(
            time.monotonic(),
            tokens_max=limits.tokens_max,
            items_max=limits.items_max,
            patches_max=limits.patches_max,
        )
        return [w.item for w in batch], [(w.item, missed_deadline()) for w in expired]

    def __len__(self) -> int:
        return len(self.fair)
