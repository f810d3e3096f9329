"""Credit limits of API keys: counted in the same transaction as the hold."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from aurous.kernel.clock import as_sql
from aurous.kernel.errors import AurousError
from aurous.kernel.money import credits_text
from aurous.kernel.rowset import insert_rows, payload, source
from billing.models import KeyDay
from billing.webhooks.event_types import EventType
from billing.webhooks.outbox import NewEvent, amount_json


@dataclass(frozen=True, slots=True)
class KeyLimits:
    """Nano-credits that a key may spend in a UTC day, a UTC month and in all; None = no limit."""

    day: int | None = None
    month: int | None = None
    total: int | None = None

    def __bool__(self) -> bool:
        return (self.day, self.month, self.total) != (None, None, None)


@dataclass(slots=True)
class KeyUsed:
    """Nano-credits that a key has spent or holds in the UTC day, the UTC month and in all."""

    day: int = 0
    month: int = 0
    total: int = 0


class KeyLimitReached(AurousError):  # noqa: N818 - named by what happened, as its code is
    """A hold goes past a limit of its key; ``event`` tells the team, once for each period."""

    def __init__(self, message: str, event: NewEvent) -> None:
        super().__init__("key_limit_reached", message)
        self.event = event


def day_of(moment: datetime) -> datetime:
    """Midnight (UTC) of the day that a hold counts for."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


class KeySpend:
    """What keys have used, and what one transaction adds. The account lock guards both."""

    def __init__(self, limited_key_ids: Iterable[str], now: datetime) -> None:
        self._day = day_of(now)
        self._used = used_by(set(limited_key_ids), self._day)
        self._added: dict[tuple[str, str], int] = defaultdict(int)

    def check(self, team_id: str, key_id: str, limits: KeyLimits, amount: int) -> None:
        """Raises ``KeyLimitReached`` where the amount goes past a limit of the key."""
        used = self._used[key_id]
        for period, words, limit, spent in (
            ("day", "today", limits.day, used.day),
            ("month", "this month", limits.month, used.month),
            ("total", "in all", limits.total, used.total),
        ):
            if limit is not None and spent + amount > limit:
                left = credits_text(max(0, limit - spent))
                raise KeyLimitReached(
                    f"This key may still spend {left} credits {words} (limit "
                    f"{credits_text(limit)}); this request needs {credits_text(amount)}. "
                    "Raise the key's limit or use another key.",
                    NewEvent(
                        team_id,
                        EventType.KEY_LIMIT_REACHED,
                        _reached(key_id, period, limit, spent, amount),
                        mark=self._mark(key_id, period, limit),
                    ),
                )

    def _mark(self, key_id: str, period: str, limit: int) -> str:
        """One for each period of a limit; a limit that was changed can be reached again."""
        began = {"day": f"{self._day:%Y-%m-%d}", "month": f"{self._day:%Y-%m}"}.get(period, "")
        return f"{key_id}:{period}:{began}:{limit}"

    def add(self, team_id: str, key_id: str, amount: int) -> None:
        """Count a hold."""
        self._added[team_id, key_id] += amount
        if key_id in self._used:
            used = self._used[key_id]
            used.day += amount
            used.month += amount
            used.total += amount

    def write(self) -> None:
        """Store what was added."""
        move((team, key, self._day, amount) for (team, key), amount in self._added.items())


def _reached(key_id: str, period: str, limit: int, used: int, needed: int) -> dict[str, Any]:
    return {
        "object": "key_limit",
        "api_key_id": key_id,
        "period": period,
        "limit_credits": amount_json(limit),
        "used_credits": amount_json(used),
        "needed_credits": amount_json(needed),
    }


def used_by(key_ids: set[str], day: datetime) -> dict[str, KeyUsed]:
    """What each of these keys has used by a day (its midnight, UTC): what its limits count."""
    if not key_ids:
        return {}
    marks = ", ".join(["%s"] * len(key_ids))
    sql = (
        "SELECT api_key_id, COALESCE(SUM(CASE WHEN day = %s THEN used END), 0), "
        "COALESCE(SUM(CASE WHEN day >= %s THEN used END), 0), SUM(used) "
        f"FROM billing_keyday WHERE api_key_id IN ({marks}) GROUP BY api_key_id"
    )
    # as_sql: both databases read this text as the same moment.
    bounds = [as_sql(day), as_sql(day.replace(day=1))]
    with connection.cursor() as cursor:
        cursor.execute(sql, [*bounds, *key_ids])
        found = {row[0]: KeyUsed(*map(int, row[1:])) for row in cursor.fetchall()}
    return {key_id: found.get(key_id, KeyUsed()) for key_id in key_ids}


def move(changes: Iterable[tuple[str, str, datetime, int]]) -> None:
    """Add (team, key, day, nano-credits; negative gives back) to the days of keys."""
    sums: dict[tuple[str, str, datetime], int] = defaultdict(int)
    for team_id, key_id, day, amount in changes:
        sums[team_id, key_id, day] += amount
    rows: list[dict[str, Any]] = [
        {"team_id": team_id, "api_key_id": key_id, "day": day, "used": amount}
        for (team_id, key_id, day), amount in sums.items()
        if amount
    ]
    _upsert([row for row in rows if row["used"] > 0])
    _give_back([row for row in rows if row["used"] < 0])


def _upsert(rows: list[dict[str, Any]]) -> None:
    insert_rows(
        connection,
        KeyDay,
        rows,
        "ON CONFLICT (api_key_id, day) DO UPDATE SET used = billing_keyday.used + excluded.used",
    )


def _give_back(rows: list[dict[str, Any]]) -> None:
    """An UPDATE, not an upsert: the row exists, and a negative INSERT would break its CHECK."""
    if not rows:
        return
    columns = {"api_key_id": "text", "day": "timestamptz", "used": "bigint"}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE billing_keyday AS k SET used = k.used + r.used "
            f"FROM {source(connection.vendor, columns)} "
            "WHERE k.api_key_id = r.api_key_id AND k.day = r.day",
            [payload(rows)],
        )
