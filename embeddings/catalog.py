"""The catalog as requests see it: entries from the database, a few seconds old at the most."""

import threading
import time
from dataclasses import dataclass

from django.conf import settings

from aurous.kernel.errors import AurousError
from embeddings.engine import load as engines
from embeddings.models import CatalogModel

UNAVAILABLE_RETRY_AFTER_S = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One model, with what is known of its weights. ``unavailable`` says why it cannot serve."""

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
    unavailable: str | None


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
    reason = engines.unavailable_because(row.engine)
    if reason is None and row.state == CatalogModel.State.PAUSED:
        reason = "The operator has paused it."
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
        unavailable=reason,
    )


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
        raise AurousError(
            "provider_unavailable",
            f"The model {slug} cannot be served now. {entry.unavailable} Nothing was charged.",
            retry_after_s=UNAVAILABLE_RETRY_AFTER_S,
        )
    return entry


def _not_found(slug: str, param: str | None) -> AurousError:
    names = ", ".join(entry.slug for entry in served())
    return AurousError(
        "model_not_found", f"There is no model {slug[:128]!r}. Models are: {names}.", param=param
    )
