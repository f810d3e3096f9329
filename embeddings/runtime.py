"""What a web process has for embeddings: one transport, one admission, made when first needed.

Made late because granian forks or spawns its workers: threads and connections must belong to
the process that uses them.
"""

import atexit
import threading
from dataclasses import dataclass

from django.conf import settings

from embeddings.admission import Admissions
from embeddings.media.shared import stop as stop_probes
from embeddings.transport.base import Transport
from embeddings.waiters import Waiters

STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Runtime:
    """The moving parts of one web process."""

    waiters: Waiters
    transport: Transport
    admissions: Admissions

    def stop(self) -> None:
        """Let in what waits, then give up the threads."""
        self.admissions.stop(STOP_SECONDS)
        self.transport.stop()
        stop_probes()


_lock = threading.Lock()
_runtime: Runtime | None = None


def runtime() -> Runtime:
    """The runtime of this process."""
    global _runtime  # noqa: PLW0603 - one for the process is the point
    if _runtime is None:
        with _lock:
            if _runtime is None:
                _runtime = _make()
                atexit.register(stop)
    return _runtime


def present() -> Runtime | None:
    """The runtime of this process where something has needed one: for those who only look."""
    return _runtime


def stop() -> None:
    """Stop and forget the runtime, if there is one; the next request makes a new one."""
    global _runtime  # noqa: PLW0603
    with _lock:
        if _runtime is not None:
            _runtime.stop()
            _runtime = None


def _make() -> Runtime:
    waiters = Waiters()
    transport = _transport(waiters)
    return Runtime(waiters, transport, Admissions(transport, waiters))


def _transport(waiters: Waiters) -> Transport:
    """The only place, with settings, that knows which profile runs."""
    if settings.EMBEDDINGS_TRANSPORT == "celery":
        from embeddings.transport.celery import OverCelery

        return OverCelery(waiters)
    from embeddings.transport.inprocess import InProcess

    return InProcess(waiters)
