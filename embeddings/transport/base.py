"""How admitted requests reach a worker, and what a web process may know of workers."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from embeddings.work import WorkItem, WorkReply

# The tasks of embeddings.tasks by their names: a web process sends them and imports none.
EMBED = "embeddings.embed"
CANARY = "embeddings.canary"


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits before the workers of one model. ``workers`` 0: nobody would serve a request."""

    workers: int
    items: int
    tokens: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class WorkerSeen:
    """One worker of a model as it last said of itself. ``seen_s``: how many seconds ago.

    ``items`` wait in it, ``in_flight`` are in it and not answered.
    """

    id: str
    host: str
    device: str
    items: int
    in_flight: int
    oldest_s: float
    seen_s: float


class Transport(Protocol):
    """One of ``inprocess`` and ``celery``."""

    def send(self, model: str, items: Sequence[WorkItem]) -> None:
        """Hand over a group. Raises ``AurousError`` (503) where nobody takes it."""

    def backlog(self, model: str) -> Backlog:
        """At most a second or two old; must be cheap, every request asks."""

    def workers(self, model: str) -> list[WorkerSeen]:
        """Every worker of a model that is alive. For operators: asked as it is, not remembered."""

    def canary(self, model: str) -> "Future[WorkReply]":
        """Have a worker embed a fixed input, through the same queue as requests.

        Who stops waiting cancels the future.
        """

    def stop(self) -> None:
        """Give up threads and connections."""
