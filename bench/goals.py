"""The numbers to reach, compared with what was measured. Printed, never asserted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.rounds import Row

MOST_CLIENTS = 64
WAITING = 512
RowOf = Callable[[str, int], Row | None]


@dataclass(frozen=True, slots=True)
class Goal:
    """One line: what, how much is wanted, how much there is, in words."""

    what: str
    wanted: str
    measured: str
    reached: bool | None

    @property
    def verdict(self) -> str:
        """Yes, no, or a dash when a part of it was not measured."""
        return {True: "yes", False: "NO", None: "–"}[self.reached]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Requests a second of one of ours at most clients, over those of another at its own number."""

    ours: str
    theirs: str
    their_clients: int
    their_name: str
    wanted: float


RATIOS = (
    Ratio("aurous-stub", "litellm", MOST_CLIENTS, "LiteLLM", 10.0),
    Ratio("aurous-text", "infinity", MOST_CLIENTS, "infinity-emb", 1.3),
    Ratio("aurous-text", "plain", 1, "the plain loop, one text at a time", 0.9),
    Ratio("aurous-text", "plain-batch", 1, "the plain loop, in batches", 0.9),
)


def goals(rows: RowOf, facts: Mapping[str, float]) -> list[Goal]:
    """All goals. `facts` has `web_ready_mb`, `web_mb`, `web_ready_s`, `in_flight_connections`."""
    connections = f"database connections of one web process, {WAITING} waiting"
    return [
        *(_compared(rows, ratio) for ratio in RATIOS),
        _alone(rows),
        _at_most(connections, facts.get("in_flight_connections"), 10.0),
        _at_most("web process, resident MB when ready", facts.get("web_ready_mb"), 150.0),
        _at_most("web process, resident MB after the load", facts.get("web_mb"), 150.0),
        _at_most("web process, seconds to its first answer", facts.get("web_ready_s"), 3.0),
    ]


def _compared(rows: RowOf, ratio: Ratio) -> Goal:
    what = f"{ratio.ours} at {MOST_CLIENTS} clients ÷ {ratio.their_name}"
    wanted = f"≥ {ratio.wanted:g} ×"
    ours, theirs = rows(ratio.ours, MOST_CLIENTS), rows(ratio.theirs, ratio.their_clients)
    if ours is None or theirs is None or not theirs.per_second:
        return Goal(what, wanted, "not measured", None)
    quotient = ours.per_second / theirs.per_second
    shown = f"{quotient:.2f} × ({ours.per_second:.0f} ÷ {theirs.per_second:.0f})"
    return Goal(what, wanted, shown, quotient >= ratio.wanted)


def _alone(rows: RowOf) -> Goal:
    """What one client waits beyond the bare forward pass."""
    what = "aurous-text, 1 client: p50 beyond the bare forward pass"
    row, bare = rows("aurous-text", 1), rows("plain", 1)
    if row is None or bare is None:
        return Goal(what, "≤ 5 ms", "not measured", None)
    ours, theirs = row.percentile_ms(50), bare.percentile_ms(50)
    return Goal(
        what, "≤ 5 ms", f"{ours - theirs:.1f} ms ({ours:.1f} − {theirs:.1f})", ours - theirs <= 5
    )


def _at_most(what: str, measured: float | None, limit: float) -> Goal:
    if measured is None:
        return Goal(what, f"≤ {limit:g}", "not measured", None)
    return Goal(what, f"≤ {limit:g}", f"{measured:.1f}", measured <= limit)
