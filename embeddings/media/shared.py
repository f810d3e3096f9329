"""The processes in which a web process looks at media that came in a request."""

import atexit
import threading

from django.conf import settings

from embeddings.media.kinds import decoder_limits
from embeddings.media.sandbox import Sandbox

_lock = threading.Lock()
_probes: Sandbox | None = None


def probes() -> Sandbox:
    """One sandbox a process, made at the first need: most installations see few ``data:`` URLs."""
    global _probes  # noqa: PLW0603 - one for the process is the point
    with _lock:
        if _probes is None:
            _probes = Sandbox(settings.MEDIA_PROBE_PROCESSES_MAX, limits=decoder_limits())
            atexit.register(stop)
        return _probes


def stop() -> None:
    """End its processes; the next need starts new ones."""
    global _probes  # noqa: PLW0603
    with _lock:
        if _probes is not None:
            _probes.stop()
            _probes = None
