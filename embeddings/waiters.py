"""Who waits for which request in a web process."""

import threading
from collections.abc import Iterable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress

from embeddings.work import WorkReply

Waiter = Future[WorkReply]


class Waiters:
    """Request id to the future that its thread waits on. Replies to nobody are dropped."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_id: dict[str, Waiter] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def add(self, id_: str, waiter: Waiter) -> None:
        """Expect a reply. Must come before the request is sent to a worker."""
        with self._lock:
            self._by_id[id_] = waiter

    def forget(self, id_: str) -> None:
        """Expect nothing any more."""
        with self._lock:
            self._by_id.pop(id_, None)

    def resolve(self, replies: Iterable[WorkReply]) -> None:
        """Hand replies to the threads that wait for them."""
        with self._lock:
            found = [(self._by_id.pop(reply.id, None), reply) for reply in replies]
        for waiter, reply in found:
            if waiter is not None:
                with suppress(InvalidStateError):  # it was refused or given up meanwhile
                    waiter.set_result(reply)
