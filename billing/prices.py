"""Reading and setting prices."""

import threading
import time
from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.actors import Actor
from aurous.kernel.money import nano_per_token
from billing.models import Price
from billing.pricing import PriceSchedule, TokenPrice

Rows = list[tuple[datetime, TokenPrice]]


class _Cache:
    """All price rows, at most ``CATALOG_CACHE_SECONDS`` old. A few hundred rows at the most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._read_at = float("-inf")
        self._rows: dict[tuple[str, str | None], Rows] = {}

    def rows(self) -> dict[tuple[str, str | None], Rows]:
        with self._lock:
            if time.monotonic() - self._read_at > settings.CATALOG_CACHE_SECONDS:
                self._rows = _read()
                self._read_at = time.monotonic()
            return self._rows

    def forget(self) -> None:
        with self._lock:
            self._read_at = float("-inf")


_cache = _Cache()


def _read() -> dict[tuple[str, str | None], Rows]:
    rows: dict[tuple[str, str | None], Rows] = defaultdict(list)
    for price in Price.objects.order_by("effective_at", "id"):
        token_price = TokenPrice(price.nano_text, price.nano_visual, price.nano_video)
        rows[price.model, price.team_id].append((price.effective_at, token_price))
    return dict(rows)


def schedule(model: str, team_id: str) -> PriceSchedule:
    """The prices of a model for a team, from a short-lived cache."""
    rows = _cache.rows()
    return PriceSchedule(model, rows.get((model, None), []), rows.get((model, team_id), []))


def forget() -> None:
    """Read anew at the next look; for the process that has just set a price, and for tests."""
    _cache.forget()


def _nano(usd: Decimal | None, markup_pct: Decimal) -> int | None:
    return None if usd is None else nano_per_token(usd, markup_pct, settings.USD_PER_CREDIT)


def compute_nano(price: Price) -> None:
    """Fill in the nano-credits of a price. Raises ``ValueError`` where one is not whole."""
    price.nano_text = nano_per_token(price.usd_text, price.markup_pct, settings.USD_PER_CREDIT)
    price.nano_visual = _nano(price.usd_visual, price.markup_pct)
    price.nano_video = _nano(price.usd_video, price.markup_pct)


def set_price(price: Price, *, actor: Actor) -> Price:
    """Add a price row. Raises ``ValueError`` for one that does not come out whole."""
    compute_nano(price)
    with transaction.atomic(durable=True):
        price.save(force_insert=True)
        audit.record(
            "price.set",
            team=price.team,
            actor=actor,
            target=price.model,
            data={"usd_text": str(price.usd_text), "effective_at": price.effective_at.isoformat()},
        )
    forget()
    return price
