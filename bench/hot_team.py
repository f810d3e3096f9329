"""`python -m bench.hot_team`: one team, as many holds and settlements a second as there can be.

Every request of the run belongs to the same team, so each one moves the same balance row. The
engine is the stub: what is left is the platform.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.catalog import STUB_MODEL
from bench.launch import LaunchError
from bench.machine import machine
from bench.parts import PartsClock
from bench.report import table
from bench.results import RunResult
from bench.signals import end_on_sigterm
from bench.targets.aurous import Aurous
from bench.targets.aurous_stack import AurousStack

HEADINGS = (
    "web processes", "clients", "requests/s", "holds + settlements/s", "p50 ms", "p99 ms",
    "cores used: web", "worker", "PostgreSQL", "Redis", "load generator", "other work", "not 200",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One run: its result, and the cores that each part kept busy meanwhile."""

    web_processes: int
    run: RunResult
    cores: dict[str, float]

    def cells(self) -> list[str]:
        """As text, in the order of the headings."""
        run = self.run
        return [
            str(self.web_processes),
            str(run.clients),
            f"{run.per_second:,.0f}",
            f"{run.per_second * 2:,.0f}",
            f"{run.percentile_ms(50):.1f}",
            f"{run.percentile_ms(99):.1f}",
            *(f"{cores:.2f}" for cores in self.cores.values()),
            f"{run.client_cpu_s / run.seconds if run.seconds else 0:.2f}",
            f"{run.foreign_cores:.2f}",
            run.failure_text() or "0",
        ]


def measure(web_processes: int, clients: Sequence[int], seconds: float) -> list[Line]:
    """A stack of its own with this many web processes; LaunchError if its books are not clean."""
    stack = AurousStack(web_processes)
    target = Aurous(stack, STUB_MODEL)
    lines = []
    try:
        target.start()
        clock = target.clock = PartsClock(stack)
        target.measure(max(clients), seconds=2.0, warm_up_s=0.0)
        for count in clients:
            run = target.measure(count, seconds, warm_up_s=1.0)
            lines.append(Line(web_processes, run, clock.cores(run.seconds)))
            print(f"{web_processes} web, {count} clients: {run.per_second:.0f}/s", file=sys.stderr)
    finally:
        for note in target.stop():
            print(note, file=sys.stderr)
    return lines


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.hot_team", description=__doc__)
    parser.add_argument("--web", default="1,2,3", help="numbers of web processes")
    parser.add_argument("--clients", default="64,256")
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    return parser.parse_args()


def main() -> int:
    """1 when a request failed or the books were not clean."""
    arguments = _arguments()
    end_on_sigterm()
    clients = [int(word) for word in arguments.clients.split(",")]
    lines: list[Line] = []
    problem = ""
    try:
        for web in arguments.web.split(","):
            lines += measure(int(web), clients, arguments.seconds)
    except LaunchError as error:
        problem = str(error)
    cells = [line.cells() for line in lines]
    if arguments.json:
        rows = [dict(zip(HEADINGS, row, strict=True)) for row in cells]
        print(json.dumps({"machine": machine(), "rows": rows, "problem": problem or None}))
    else:
        header = "; ".join(f"{name}: {value}" for name, value in machine().items())
        print(f"{header}\n\n{table(HEADINGS, cells)}\n\n{problem}".strip())
    return 1 if problem or any(line.run.failures for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
