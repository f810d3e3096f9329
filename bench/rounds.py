"""Runs every target by turns, so that a slow minute of the machine falls on all of them."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.results import RunResult
from bench.targets.base import Target


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    seconds: float
    warm_up_s: float
    clients: tuple[int, ...]


@dataclass(slots=True)
class Row:
    """One target with one number of clients. Its numbers are medians over the rounds."""

    target: str
    clients: int
    runs: list[RunResult] = field(default_factory=list)

    def median(self, number: Callable[[RunResult], float]) -> float:
        """The median of one number over the rounds."""
        return statistics.median(number(run) for run in self.runs)

    @property
    def per_second(self) -> float:
        """Requests a second."""
        return self.median(lambda run: run.per_second)

    def percentile_ms(self, percent: float) -> float:
        """Median over the rounds of a percentile of the latency."""
        return self.median(lambda run: run.percentile_ms(percent))

    @property
    def cpu_s_per_thousand(self) -> float:
        """CPU seconds for 1,000 requests."""
        return self.median(lambda run: run.cpu_s_per_thousand)

    @property
    def foreign_cores(self) -> float:
        """Cores that somebody else kept busy, in the worst round."""
        return max(run.foreign_cores for run in self.runs)

    @property
    def failures(self) -> list[str]:
        """What was not a 200, a line for each round that had any."""
        return [
            f"{self.target}, {self.clients} clients: {run.failure_text()} ({run.failure_example})"
            for run in self.runs
            if run.failures
        ]


def measure(targets: Sequence[Target], plan: Plan) -> list[Row]:
    """All rounds. Each begins with another target than the one before."""
    rows = {
        (target.name, clients): Row(target.name, clients)
        for target in targets
        for clients in plan.clients
        if clients in target.clients
    }
    for number in range(plan.rounds):
        turn = number % len(targets) if targets else 0
        for clients in plan.clients:
            for target in [*targets[turn:], *targets[:turn]]:
                if row := rows.get((target.name, clients)):
                    run = target.measure(clients, plan.seconds, plan.warm_up_s)
                    row.runs.append(run)
                    _say(number + 1, row, run)
    return list(rows.values())


def _say(number: int, row: Row, run: RunResult) -> None:
    line = f"round {number}: {row.target}, {row.clients} clients: {run.per_second:.0f} req/s"
    print(f"{line}  {run.failure_text()}".rstrip(), file=sys.stderr)


def find(rows: Iterable[Row], target: str, clients: int) -> Row | None:
    """The row of a target, if it was measured."""
    return next((r for r in rows if (r.target, r.clients) == (target, clients) and r.runs), None)
