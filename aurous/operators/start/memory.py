"""What the start page remembers between two looks; without the cache all is found out anew."""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache

log = structlog.get_logger(__name__)


class _Away:
    """A cache that did not answer is left alone for a moment: each asking would wait for it."""

    def __init__(self) -> None:
        self._until = float("-inf")

    def ask(self, call: Callable[[], Any]) -> Any:
        if time.monotonic() < self._until:
            return None
        try:
            return call()
        except Exception as error:  # whichever cache it is: the page does not need it
            self._until = time.monotonic() + settings.START_CACHE_AWAY_SECONDS
            log.warning("start.cache_away", reason=type(error).__name__)
            return None


_away = _Away()


def recall(name: str) -> Any:
    """What was kept under this name, or None."""
    return _away.ask(lambda: cache.get(f"operators:start:{name}"))


def keep(name: str, value: Any, seconds: int) -> None:
    """Keep it for so long, where there is a cache."""
    _away.ask(lambda: cache.set(f"operators:start:{name}", value, seconds))
