"""What the workers would say, so that no page of the admin starts any."""

from aurous.kernel.errors import AurousError
from embeddings.transport.base import Backlog, WorkerSeen

STUB = "aurous-stub"


class Transport:
    """One worker on a GPU, until a test says otherwise."""

    def __init__(self) -> None:
        self.down = False
        self.there = [WorkerSeen("worker_1", "gpu-7:4242", "cuda", 3, 11, 0.25, 0.5)]

    def backlog(self, model: str) -> Backlog:
        """What waits."""
        self._ask()
        return Backlog(len(self.there), 3, 900, 0.25)

    def workers(self, model: str) -> list[WorkerSeen]:
        """Who is there."""
        self._ask()
        return self.there if model == STUB else []

    def _ask(self) -> None:
        if self.down:
            raise AurousError("provider_unavailable", "The way is down.")


class Runtime:
    """What a web process has, as far as the admin asks."""

    def __init__(self) -> None:
        self.transport = Transport()
