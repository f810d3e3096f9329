"""Which pages are asked for: every one that reads requests or their sums, in its dearest forms."""

from __future__ import annotations

import random
from collections.abc import Callable
from urllib.parse import urlencode

from bench.reading.fill import KEYS, USERS

# A path for each measurement, made anew so that no two ask the same.
Case = Callable[[random.Random], str]
RARE_MODEL = "aurous-stub"  # one request in ten thousand


def cases(team_id: str, rows: int) -> dict[str, Case]:
    """Label and page, in printing order."""
    at = f"/t/{team_id}"

    def page(path: str, **query: object) -> str:
        return f"{at}/{path}" + (f"?{urlencode(query)}" if query else "")

    def key(number: int) -> str:
        return f"key_{team_id[-6:]}{number:020d}"

    def one(rng: random.Random) -> str:
        number = rng.randrange(1, rows)
        return page(f"requests/emb_{number + (number % 10 == 0):026d}")

    found: dict[str, Case] = {
        "overview": lambda r: page(""),
        "overview by modality": lambda r: page("", by="modality"),
    }
    for group in ("model", "key", "status", "version", "modality", "none"):
        found[f"usage 90d by {group}"] = lambda r, group=group: page(  # type: ignore[misc]
            "usage", range="90d", group=group
        )
    return found | {
        "usage 30d by user": lambda r: page("usage", range="30d", group="user"),
        "usage 24h by user": lambda r: page("usage", range="24h", group="user"),
        "usage 24h by key": lambda r: page("usage", range="24h", group="key"),
        "usage 30d p95 by key": lambda r: page("usage", range="30d", metric="p95", group="key"),
        "usage 90d of one user": lambda r: page(
            "usage", range="90d", user=f"user-{r.randrange(USERS)}"
        ),
        "usage 30d of one key by user": lambda r: page(
            "usage", range="30d", group="user", key=key(r.randrange(KEYS))
        ),
        "usage.csv 90d by key": lambda r: page("usage.csv", range="90d", group="key"),
        "requests": lambda r: page("requests"),
        "requests of one key": lambda r: page("requests", key=key(r.randrange(KEYS))),
        "requests of one user": lambda r: page("requests", user=f"user-{r.randrange(USERS)}"),
        "requests of a rare model": lambda r: page("requests", model=RARE_MODEL),
        "requests with an error code": lambda r: page("requests", error="internal_error"),
        "requests with a code that none has": lambda r: page("requests", error="media_too_large"),
        "requests failed, 90d": lambda r: page("requests", status="failed", range="90d"),
        "one request": one,
    }
