"""The catalog as requests see it: entries from the database, a few seconds old at the most."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType

from django.conf import settings

from aurous.kernel.errors import AurousError
from embeddings.engine import load as engines
from embeddings.models import CatalogModel

UNAVAILABLE_RETRY_AFTER_S = 30
_State = CatalogModel.State
WHY = {
    _State.DRAINING.value: "The operator is taking it out of service.",
    _State.PAUSED.value: "The operator has paused it.",
}


class MissingWeightsError(AurousError):
    """Nothing here can compute the model, and nothing will before an operator acts.

    ``X-Should-Retry`` is how OpenAI's SDKs are told; else each call waits out their retries.
    """

    headers = MappingProxyType({"X-Should-Retry": "false"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One model, with what is known of its weights.

    ``missing`` says why nothing could compute it here, ``unavailable`` why nobody is let in.
    """

    slug: str
    engine: str
    tokenizer: str
    owned_by: str
    context_window: int
    default_dimensions: int
    dimensions: tuple[int, ...] | None
    modalities: frozenset[str]
    created_s: int
    fingerprint: str
    missing: str | None
    unavailable: str | None
    state: str = _State.ACTIVE.value
    retry_after_s: int = UNAVAILABLE_RETRY_AFTER_S

    def refusal(self) -> AurousError:
        """What callers are told while it is unavailable."""
        kind = MissingWeightsError if self.missing else AurousError
        return kind(
            "provider_unavailable",
            f"The model {self.slug} cannot be served now. {self.unavailable} Nothing was charged.",
            retry_after_s=self.retry_after_s,
        )


class _Cache:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._entries: dict[str, Entry] = {}

    def entries(self) -> dict[str, Entry]:
        with self._lock:
            if time.monotonic() - self._read_at > settings.CATALOG_CACHE_SECONDS:
                self._entries = {row.slug: _entry(row) for row in _rows()}
                self._read_at = time.monotonic()
            return self._entries

    def forget(self) -> None:
        with self._lock:
            self._read_at = float("-inf")


_cache = _Cache()


def _rows() -> list[CatalogModel]:
    rows = CatalogModel.objects.all()
    return list(rows if settings.AUROUS_STUB_MODEL else rows.filter(development_only=False))


def _entry(row: CatalogModel) -> Entry:
    missing = engines.unavailable_because(row.engine)
    # What to set is for who can set it: on a machine of one's own that is the caller.
    told = "Its weights are not installed." if missing and settings.PRODUCTION else missing
    reason = told or said(row.state, row.notice)
    return Entry(
        slug=row.slug,
        engine=row.engine,
        tokenizer=row.tokenizer,
        owned_by=(None if reason else engines.owner_of(row.engine)) or row.owned_by,
        context_window=row.context_window,
        default_dimensions=row.default_dimensions,
        dimensions=None if row.dimensions is None else tuple(row.dimensions),
        modalities=frozenset(row.modalities),
        created_s=int(row.created_at.timestamp()),
        fingerprint="" if reason else engines.fingerprint_of(row.engine),
        missing=missing,
        unavailable=reason,
        state=row.state,
        retry_after_s=row.retry_after_s,
    )


def said(state: str, notice: str) -> str | None:
    """Why a model in this state lets nobody in, in the operator's words too; None where it does."""
    why = WHY.get(state)
    return f"{why} {notice}".strip() if why else None


def forget() -> None:
    """Read anew at the next look; for the process that changed the catalog, and for tests."""
    _cache.forget()


def served() -> list[Entry]:
    """The models that can be called now, by slug."""
    entries = _cache.entries().values()
    return sorted((e for e in entries if e.unavailable is None), key=lambda e: e.slug)


def listed(slug: str) -> Entry:
    """A model that is listed. Raises ``model_not_found``, also where the weights are missing."""
    entry = _cache.entries().get(slug)
    if entry is None or entry.unavailable is not None:
        raise _not_found(slug, None)
    return entry


def callable_entry(slug: str) -> Entry:
    """The model that a request names. Raises ``model_not_found`` or ``provider_unavailable``."""
    entry = _cache.entries().get(slug)
    if entry is None:
        raise _not_found(slug, "model")
    if entry.unavailable is not None:
        raise entry.refusal()
    return entry


def loadable_entry(slug: str) -> Entry:
    """A model that a worker can be made for, also one that lets nobody in: what was let in before
    is answered. Raises as ``callable_entry`` where it is unknown or its weights are missing.
    """
    entry = _cache.entries().get(slug)
    if entry is None:
        raise _not_found(slug, "model")
    if entry.missing is not None:
        raise entry.refusal()
    return entry


def refusal_of_waiting(slug: str) -> Callable[[], AurousError] | None:
    """Makes what each of those is told who were let in and have not begun; None: compute them."""
    entry = _cache.entries().get(slug)
    return entry.refusal if entry is not None and entry.state == _State.PAUSED else None


def _not_found(slug: str, param: str | None) -> AurousError:
    names = ", ".join(entry.slug for entry in served())
    return AurousError(
        "model_not_found", f"There is no model {slug[:128]!r}. Models are: {names}.", param=param
    )
