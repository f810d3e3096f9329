"""What this process remembers about keys it has seen, for a few seconds.

Keyed by a digest, never by a key's text. Known keys and refusals are kept apart: a flood of
made-up keys fills the small store of refusals and cannot push out a customer who pays.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

from django.conf import settings

from aurous.http.caller import Caller
from aurous.kernel.errors import AurousError

CALLERS_MAX = 10_000
REFUSALS_MAX = 2_000
REFUSAL_SECONDS = 2.0  # shorter than a caller's: a resumed team need not wait long


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a key opens nothing. Holds no exception: one instance must not be raised twice."""

    code: str
    message: str
    team_id: str = ""  # empty: the key is unknown
    api_key_id: str = ""

    def error(self) -> AurousError:
        """A fresh error to raise."""
        return AurousError(self.code, self.message)


@dataclass(frozen=True, slots=True)
class Pass:
    """A key that opens, until ``ends_at`` of the monotonic clock (None: no end)."""

    caller: Caller
    ends_at: float | None

    @property
    def team_id(self) -> str:
        """The team that the key belongs to."""
        return self.caller.team_id

    @property
    def api_key_id(self) -> str:
        """The key."""
        return self.caller.api_key_id


Verdict = Pass | Refusal
V = TypeVar("V", Pass, Refusal)


class BoundedCache(Generic[V]):
    """A map that forgets what was written longest ago when it is full.

    Reading takes no lock. An entry in use is written again at the end of its time to live, which
    moves it to the young end: that is as good as counting uses, and costs a reader nothing.
    """

    def __init__(self, items_max: int) -> None:
        """At most ``items_max`` entries."""
        self._items_max = items_max
        self._entries: dict[str, tuple[V, float]] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, digest: str, *, since: float) -> V | None:
        """The verdict read after ``since`` (monotonic seconds), if there is one."""
        entry = self._entries.get(digest)
        return entry[0] if entry is not None and entry[1] > since else None

    def put(self, digest: str, verdict: V, read_at: float) -> None:
        """Remember a verdict that was read at ``read_at``; the oldest one makes room."""
        with self._lock:
            self._entries.pop(digest, None)
            while len(self._entries) >= self._items_max:
                del self._entries[next(iter(self._entries))]
            self._entries[digest] = (verdict, read_at)

    def forget(self, matches: Callable[[V], bool]) -> None:
        """Drop every verdict that matches."""
        with self._lock:
            gone = [digest for digest, entry in self._entries.items() if matches(entry[0])]
            for digest in gone:
                del self._entries[digest]


_callers: BoundedCache[Pass] = BoundedCache(CALLERS_MAX)
_refusals: BoundedCache[Refusal] = BoundedCache(REFUSALS_MAX)


def clock() -> float:
    """Seconds of the monotonic clock that ages are counted in; tests put their own here."""
    return monotonic()


def fresh(digest: str, now: float) -> Verdict | None:
    """What is remembered, or None where the database must be asked.

    An expiry is looked at on each use: a key that ended a second ago is asked about again.
    """
    found = _callers.get(digest, since=now - settings.AUTH_CACHE_SECONDS)
    if found is None:
        return _refusals.get(digest, since=now - min(REFUSAL_SECONDS, settings.AUTH_CACHE_SECONDS))
    return found if found.ends_at is None or now < found.ends_at else None


def remember(digest: str, verdict: Verdict, read_at: float) -> None:
    """Keep a verdict. ``read_at`` is from before the query, so that its age is never too young."""
    if isinstance(verdict, Pass):
        _callers.put(digest, verdict, read_at)
    else:
        _refusals.put(digest, verdict, read_at)


def forget_key(api_key_id: str) -> None:
    """After a change of one key: this process sees it at once, the others within 5 s."""
    _callers.forget(lambda verdict: verdict.api_key_id == api_key_id)
    _refusals.forget(lambda verdict: verdict.api_key_id == api_key_id)


def forget_team(team_id: str) -> None:
    """After a change of one team."""
    _callers.forget(lambda verdict: verdict.team_id == team_id)
    _refusals.forget(lambda verdict: verdict.team_id == team_id)


def forget_all() -> None:
    """Start over. For tests that change the database behind this module's back."""
    _callers.forget(lambda _: True)
    _refusals.forget(lambda _: True)
