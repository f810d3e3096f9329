"""What is asked: every list, over windows, groups, filters and depths."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from bench.reading.fill import DAYS, KEYS, USERS

# A path for each measurement, made anew so that no two ask the same.
Case = Callable[[random.Random], str]
RARE_MODEL = "aurous-stub"  # one request in ten thousand


def cases(team_id: str, now: datetime) -> dict[str, Case]:
    """Label and question, in printing order."""
    asked = _Questions(team_id, now)
    return {**_usage(asked), **_events(asked), **_ledger(asked)}


class _Questions:
    def __init__(self, team_id: str, now: datetime) -> None:
        self._team_id = team_id
        self._now = now

    def ago(self, days: float) -> str:
        return (self._now - timedelta(days=days)).astimezone(UTC).isoformat().replace("+00:00", "Z")

    def week_end(self) -> float:
        """Days since the last whole week ended; the one that runs has fewer days to read."""
        monday = datetime(1970, 1, 5, tzinfo=UTC)
        return (self._now - monday) % timedelta(days=7) / timedelta(days=1)

    def anywhen(self, rng: random.Random, margin_days: float = 8) -> float:
        """Days ago, with as many days of history before it."""
        return rng.uniform(0, DAYS - margin_days)

    def key(self, number: int) -> str:
        return f"key_{self._team_id[-6:]}{number:020d}"

    def ask(self, path: str, **query: object) -> str:
        listed = {n.replace("__", "[]"): v for n, v in query.items()}
        return f"/v1/{path}?{urlencode(listed, doseq=True)}"

    def hour(self, ends: float) -> str:
        start, end = self.ago(ends + 1 / 24), self.ago(ends)
        return self.ask("usage/events", start_time=start, end_time=end)

    def usage(self, width: str, days: float, limit: int, ends: float = 0, **query: object) -> str:
        period = {"start_time": self.ago(ends + days), "end_time": self.ago(ends)}
        return self.ask("usage", bucket_width=width, limit=limit, **period, **query)


def _usage(q: _Questions) -> dict[str, Case]:
    rare = USERS - 1
    return {
        "usage 90d by 1d": lambda r: q.usage("1d", 90, 100),
        "usage 90d by 1d, model": lambda r: q.usage("1d", 90, 100, group_by__="model"),
        "usage 90d by 1d, api_key_id": lambda r: q.usage("1d", 90, 100, group_by__="api_key_id"),
        "usage 90d by 1d, model + status": lambda r: q.usage(
            "1d", 90, 100, group_by__=["model", "status"]
        ),
        "usage 90d by 1d, user": lambda r: q.usage("1d", 90, 100, group_by__="user"),
        "usage 90d by 1d, user + api_key_id": lambda r: q.usage(
            "1d", 90, 100, group_by__=["user", "api_key_id"]
        ),
        "usage 90d by 1d, of one user": lambda r: q.usage(
            "1d", 90, 100, users__=f"user-{r.randrange(50)}"
        ),
        "usage 90d by 1d, of a rare user, by key": lambda r: q.usage(
            "1d", 90, 100, users__=f"user-{rare - r.randrange(50)}", group_by__="api_key_id"
        ),
        "usage 90d by 1d, of one key": lambda r: q.usage(
            "1d", 90, 100, api_key_ids__=q.key(r.randrange(KEYS))
        ),
        "usage 90d by 7d": lambda r: q.usage("7d", 90, 50),
        "usage 90d by 7d, user": lambda r: q.usage("7d", 90, 50, group_by__="user"),
        "usage 80d by 7d of whole weeks, user": lambda r: q.usage(
            "7d", 80, 50, q.week_end(), group_by__="user"
        ),
        "usage 7d by 1h": lambda r: q.usage("1h", 7, 168, q.anywhen(r)),
        "usage 20d by 1h, model + api_key_id": lambda r: q.usage(
            "1h", 20, 500, q.anywhen(r, 21), group_by__=["model", "api_key_id"]
        ),
        "usage 1d by 1h, user": lambda r: q.usage("1h", 1, 24, q.anywhen(r), group_by__="user"),
        "usage 1d by 1h, of one user": lambda r: q.usage(
            "1h", 1, 24, q.anywhen(r), users__=f"user-{r.randrange(50)}"
        ),
        "usage 1d by 15m": lambda r: q.usage("15m", 1, 100, q.anywhen(r)),
        "usage 1d by 15m, model + status": lambda r: q.usage(
            "15m", 1, 100, q.anywhen(r), group_by__=["model", "status"]
        ),
        "usage 1d by 5m, status": lambda r: q.usage(
            "5m", 1, 300, q.anywhen(r), group_by__="status"
        ),
        "usage 8h by 1m, model": lambda r: q.usage("1m", 1, 480, q.anywhen(r), group_by__="model"),
        "usage 1h by 1m": lambda r: q.usage("1m", 1 / 24, 60, q.anywhen(r)),
    }


def _events(q: _Questions) -> dict[str, Case]:
    def deep(rng: random.Random, **query: object) -> str:
        return q.ask("usage/events", end_time=q.ago(q.anywhen(rng)), **query)

    return {
        "events, newest 50": lambda r: q.ask("usage/events"),
        "events, 500 at any depth": lambda r: deep(r, limit=500),
        "events, 50 at any depth": deep,
        "events, failed (0.1 %)": lambda r: deep(r, statuses__="failed"),
        "events, still running": lambda r: q.ask("usage/events", statuses__="running"),
        "events, settled, at any depth": lambda r: deep(r, statuses__="settled"),
        "events, rare model (0.01 %)": lambda r: deep(r, models__=RARE_MODEL),
        "events, 500 of the rare model": lambda r: deep(r, models__=RARE_MODEL, limit=500),
        "events, model never used": lambda r: deep(r, models__="none"),
        "events, rarest key (2.5 %)": lambda r: deep(r, api_key_ids__=q.key(KEYS - 1)),
        "events, key never used": lambda r: deep(r, api_key_ids__=q.key(KEYS + 1)),
        "events, key + failed": lambda r: deep(
            r, api_key_ids__=q.key(r.randrange(KEYS)), statuses__="failed"
        ),
        "events, busy user": lambda r: deep(r, users__=f"user-{r.randrange(9)}"),
        "events, rare user": lambda r: deep(r, users__=f"user-{USERS - 1 - r.randrange(50)}"),
        "events, user never seen": lambda r: deep(r, users__="nobody"),
        "events, busy user + rare model": lambda r: deep(r, users__="user-0", models__=RARE_MODEL),
        "events, busy user + failed": lambda r: deep(r, users__="user-0", statuses__="failed"),
        "events, one hour": lambda r: q.hour(q.anywhen(r)),
    }


def _ledger(q: _Questions) -> dict[str, Case]:
    def deep(rng: random.Random, **query: object) -> str:
        return q.ask("ledger/entries", end_time=q.ago(q.anywhen(rng)), **query)

    return {
        "ledger, newest 50": lambda r: q.ask("ledger/entries"),
        "ledger, newest 500": lambda r: q.ask("ledger/entries", limit=500),
        "ledger, 500 at any depth": lambda r: deep(r, limit=500),
        "ledger, usage at any depth": lambda r: deep(r, kinds__="usage"),
        "ledger, grants": lambda r: q.ask("ledger/entries", kinds__="grant"),
        "ledger, no such kind": lambda r: q.ask("ledger/entries", kinds__=["dispute", "refund"]),
        "ledger, grants at any depth": lambda r: deep(r, kinds__="grant"),
    }
