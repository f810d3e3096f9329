"""Reading and setting prices."""

import threading
import time
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from accounts.actors import Actor
from accounts.models import Team
from aurous.kernel.clock import database_now
from aurous.kernel.money import nano_per_token
from billing.models import Price
from billing.pricing import PriceSchedule, TokenPrice

_NUMBERS = ("usd_text", "usd_visual", "usd_video", "markup_pct")
Rows = list[tuple[datetime, TokenPrice | None]]


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
        rows[price.model, price.team_id].append((price.effective_at, token_price(price)))
    return dict(rows)


def token_price(price: Price) -> TokenPrice | None:
    """What a row says that a token costs; None for one that ends a team's own prices."""
    if price.nano_text is None:
        return None
    return TokenPrice(price.nano_text, price.nano_visual, price.nano_video)


def schedule(model: str, team_id: str) -> PriceSchedule:
    """The prices of a model for a team, from a short-lived cache."""
    return _schedule(model, team_id, _cache.rows())


def schedule_read(model: str, team_id: str) -> PriceSchedule:
    """The same as it stands in the database now."""
    return _schedule(model, team_id, _read())


def _schedule(model: str, team_id: str, rows: dict[tuple[str, str | None], Rows]) -> PriceSchedule:
    general = [(at, price) for at, price in rows.get((model, None), []) if price is not None]
    return PriceSchedule(model, general, rows.get((model, team_id), []))


def forget() -> None:
    """Read anew at the next look; for the process that has just set a price, and for tests."""
    _cache.forget()


def _nano(usd: Decimal | None, markup_pct: Decimal) -> int | None:
    return None if usd is None else nano_per_token(usd, markup_pct, settings.USD_PER_CREDIT)


def compute_nano(price: Price) -> None:
    """Fill in the nano-credits of a price. Raises ``ValueError`` where one is not whole."""
    price.nano_text = _nano(price.usd_text, price.markup_pct)
    price.nano_visual = _nano(price.usd_visual, price.markup_pct)
    price.nano_video = _nano(price.usd_video, price.markup_pct)


def set_price(price: Price, *, actor: Actor, reason: str = "") -> Price:
    """Add a price row. Raises ``ValueError`` for one that does not come out whole."""
    compute_nano(price)
    with transaction.atomic(durable=True):
        price.save(force_insert=True)
        _record("price.set", price, actor, reason)
    forget()
    return price


def back_to_list(
    model: str, team: Team, effective_at: datetime, *, actor: Actor, reason: str
) -> Price:
    """End a team's own prices of a model: from that moment on it pays what everybody pays.

    Raises ``ValueError`` where it does so at that moment anyway, or there is nothing to pay then.
    """
    check_end(model, team, effective_at)
    price = Price(model=model, team=team, back_to_list=True, effective_at=effective_at)
    with transaction.atomic(durable=True):
        price.save(force_insert=True)
        _record("price.ended", price, actor, reason)
    forget()
    return price


def check_end(model: str, team: Team, effective_at: datetime) -> None:
    """Raises ``ValueError`` where a team's own prices cannot end at that moment."""
    known = schedule_read(model, team.pk)
    own = [price for at, price in known.of_team if at <= effective_at]
    if not own or own[-1] is None:
        raise ValueError(f"{team.name} pays everybody's price at that time already")
    if not any(at <= effective_at for at, _ in known.general):
        raise ValueError(f"{model} has no price for everybody at that time")


def withdrawable_from() -> datetime:
    """Every process knows a price for a few seconds after it has gone: one that begins sooner
    than that may already be charged.
    """
    return database_now(connection) + timedelta(seconds=2 * settings.CATALOG_CACHE_SECONDS)


def withdraw(price_id: int, *, actor: Actor, reason: str) -> None:
    """Take back a price that has not begun; the audit log keeps what it would have been.

    Raises ``ValueError`` for one that has begun or is not there (any more).
    """
    with transaction.atomic(durable=True):
        price = Price.objects.select_related("team").filter(pk=price_id).first()
        coming = Price.objects.filter(pk=price_id, effective_at__gt=withdrawable_from())
        if price is None or not coming.delete()[0]:
            raise ValueError("this price has begun, or somebody has taken it back")
        _record("price.withdrawn", price, actor, reason)
    forget()


def _record(action: str, price: Price, actor: Actor, reason: str) -> None:
    """With every number, so that the log tells what a price was after it has gone."""
    numbers = {name: getattr(price, name) for name in _NUMBERS if not price.back_to_list}
    told = {name: str(value) for name, value in numbers.items() if value is not None}
    told["effective_at"] = price.effective_at.isoformat()
    if reason:
        told["reason"] = reason
    audit.record(action, team=price.team, actor=actor, target=price.model, data=told)
