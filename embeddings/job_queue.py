"""The fair queue of jobs or of their pieces, as a pump wants it."""

import time
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from aurous.kernel.pump import Entry
from billing.pricing import Tokens
from embeddings.batching import FairQueue, Waiting, packed_cost
from embeddings.media.geometry import PATCHES_PER_TOKEN
from embeddings.settlement import missed_deadline

R = TypeVar("R")


class RequestOver(Exception):  # noqa: N818 - nobody's error: its request was answered already
    """Not computed, because another piece of the same request has failed."""


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much goes into one batch. ``patches_max`` None: any number."""

    tokens_max: int
    items_max: int
    patches_max: int | None = None


class InLine(Protocol):
    """What can stand in line for an engine: a job, or a piece of one."""

    @property
    def team_id(self) -> str:
        """Whose turn it takes."""

    @property
    def weight(self) -> Tokens:
        """How much of a turn and of a batch it takes."""

    @property
    def expires_at(self) -> float:
        """When it is too late for it, on this process' clock."""

    @property
    def last(self) -> bool:
        """Whether nothing of its request stands behind it."""

    @property
    def over(self) -> bool:
        """Whether its request has failed while it waited."""


T = TypeVar("T", bound=InLine)


class JobQueue(Generic[T, R]):
    """Jobs or pieces in line; those past their deadline, and those whose request has failed, come
    out as dropped. Its owner holds a lock.
    """

    def __init__(self, limits: BatchLimits) -> None:
        self.fair: FairQueue[Entry[T, R]] = FairQueue(packed_cost)
        self.requests = 0  # of which something waits
        self._limits = limits

    def push(self, entry: Entry[T, R]) -> None:
        """Put something behind the others of its team."""
        one = entry[0]
        weight = one.weight
        self.requests += one.last
        self.fair.push(
            Waiting(
                entry,
                one.team_id,
                weight.total,
                one.expires_at,
                patches=PATCHES_PER_TOKEN * (weight.visual + weight.video),
            ),
            time.monotonic(),
        )

    def take(self) -> tuple[list[Entry[T, R]], list[tuple[Entry[T, R], Exception]]]:
        """The next batch, and what is not to be done at all."""
        batch: list[Entry[T, R]] = []
        dropped: list[tuple[Entry[T, R], Exception]] = []
        limits = self._limits
        while not batch and len(self.fair):
            taken, expired = self.fair.take(
                time.monotonic(),
                tokens_max=limits.tokens_max,
                items_max=limits.items_max,
                patches_max=limits.patches_max,
            )
            for waiting in expired:
                self.requests -= waiting.item[0].last
                dropped.append((waiting.item, missed_deadline()))
            for waiting in taken:
                one = waiting.item[0]
                self.requests -= one.last
                if one.over:
                    dropped.append((waiting.item, RequestOver()))
                else:
                    batch.append(waiting.item)
        return batch, dropped

    def __len__(self) -> int:
        return len(self.fair)
