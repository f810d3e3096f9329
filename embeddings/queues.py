"""What waits before each model, and who works on it, as this web process can tell."""

from dataclasses import dataclass

from django.conf import settings
from redis import RedisError

from aurous.kernel.errors import AurousError
from embeddings.catalog import served
from embeddings.runtime import present, runtime
from embeddings.transport.base import Backlog

_IDLE = Backlog(workers=1, items=0, tokens=0, oldest_s=0.0)


@dataclass(frozen=True, slots=True)
class Queue:
    """A model; ``backlog`` is None where the way to the workers is down."""

    model: str
    backlog: Backlog | None


def queues() -> list[Queue]:
    """Every model that is served. Where one cannot be told, the others are not asked: it waits."""
    found: list[Queue] = []
    for entry in served():
        away = bool(found) and found[-1].backlog is None
        found.append(Queue(entry.slug, None if away else _backlog(entry.slug)))
    return found


def _backlog(model: str) -> Backlog | None:
    """Where the workers are threads of this process, looking at them starts none."""
    here = settings.EMBEDDINGS_TRANSPORT == "inprocess"
    try:
        known = present() if here else runtime()
        return _IDLE if known is None else known.transport.backlog(model)
    except (AurousError, RedisError):
        return None
