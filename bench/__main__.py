"""`python -m bench`: measures Aurous, its peers and the bare model, and prints one table."""

from __future__ import annotations

import argparse
import json
import sys

from bench.agreement import PROBE, disagreements
from bench.catalog import SAME_MODEL, makers
from bench.goals import WAITING, goals
from bench.in_flight import measure_waiting
from bench.launch import LaunchError
from bench.machine import load_average, machine
from bench.report import Report, as_json, markdown
from bench.rounds import Plan, Row, find, measure
from bench.signals import end_on_sigterm
from bench.targets.aurous import Aurous
from bench.targets.aurous_stack import AurousStack
from bench.targets.base import Target

BUSY_LOAD = 0.7
SETTLE_S = 3.0


class Bench:
    """One run of the benchmark: start all, measure all, stop all."""

    def __init__(self, plan: Plan, only: list[str]) -> None:
        self.report = Report(machine(), plan)
        self._stack = AurousStack()
        self._targets: dict[str, Target] = {}
        self._facts: dict[str, float] = {}
        self._only = only

    def run(self) -> Report:
        """Whatever happens, everything that was started is stopped."""
        if (load := load_average()) > BUSY_LOAD:
            self.report.notes.append(f"the machine was busy before the run: load {load:.2f}")
        try:
            self._start()
            self._check_agreement()
            self._settle_in()
            self.report.rows = measure(list(self._targets.values()), self.report.plan)
            self._look_at_aurous()
        finally:
            self._stop()
        self.report.goals = goals(self._row, self._facts)
        self.report.problems += [line for row in self.report.rows for line in row.failures]
        return self.report

    def _start(self) -> None:
        """Start every target; one that cannot be had here is named and left out."""
        for key, make in makers(self._stack).items():
            if self._only and key not in self._only:
                continue
            target = make()
            print(f"starting {target.name}", file=sys.stderr)
            self._targets[key] = target
            try:
                target.start()
                target.vector(PROBE)
            except (LaunchError, OSError, KeyError) as error:
                self._leave_out(key, error)
            else:
                self.report.notes.append(f"{target.name}: ready in {target.ready_s:.1f} s")

    def _leave_out(self, key: str, error: Exception) -> None:
        target = self._targets.pop(key)
        if isinstance(target, Aurous):
            self.report.problems.append(f"{target.name} did not start: {error}")
        else:
            self.report.absent[target.name] = str(error)
        self._stop_one(target)

    def _check_agreement(self) -> None:
        same = {key: t for key, t in self._targets.items() if key in SAME_MODEL}
        vectors = {target.name: target.vector(PROBE) for target in same.values()}
        self.report.problems += disagreements(vectors)

    def _settle_in(self) -> None:
        """Load each target once, uncounted: first requests are slow everywhere."""
        for target in self._targets.values():
            target.measure(max(target.clients), SETTLE_S, 0.0)

    def _look_at_aurous(self) -> None:
        """Memory and start of the running stack, and many waiting requests."""
        stub = self._targets.get("aurous-stub")
        if self._stack.server is None:
            return
        self._facts["web_mb"] = self._stack.web_mb()
        self._facts["web_ready_mb"] = self._stack.web_ready_mb
        self._facts["web_ready_s"] = self._stack.web_ready_s
        web = self._stack.web_pids()
        for pid, words, mb in self._stack.memory():
            kind = " (web)" if pid in web else ""
            self.report.notes.append(f"{mb:.0f} MB resident{kind}: {words[-70:]}")
        if isinstance(stub, Aurous):
            run, connections = measure_waiting(stub, self.report.plan.seconds)
            self._facts["in_flight_connections"] = connections
            self.report.rows.append(Row(stub.name, WAITING, [run]))

    def _row(self, key: str, clients: int) -> Row | None:
        target = self._targets.get(key)
        return find(self.report.rows, target.name, clients) if target else None

    def _stop(self) -> None:
        for target in reversed(self._targets.values()):
            self._stop_one(target)

    def _stop_one(self, target: Target) -> None:
        try:
            self.report.notes += target.stop()
        except LaunchError as error:
            self.report.problems.append(str(error))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--warm-up", type=float, default=1.0, help="seconds before each one")
    parser.add_argument("--clients", default="1,16,64")
    known = ", ".join(makers(AurousStack()))
    parser.add_argument("--only", default="", help=f"comma-separated, of: {known}")
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    arguments = parser.parse_args()
    arguments.only = [word for word in arguments.only.split(",") if word]
    if unknown := set(arguments.only) - set(makers(AurousStack())):
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known: {known}")
    return arguments


def main() -> int:
    """1 when anything was wrong: an answer that was not 200, books that are not clean."""
    arguments = _arguments()
    end_on_sigterm()
    clients = tuple(int(word) for word in arguments.clients.split(","))
    plan = Plan(arguments.rounds, arguments.seconds, arguments.warm_up, clients)
    report = Bench(plan, arguments.only).run()
    print(json.dumps(as_json(report)) if arguments.json else markdown(report))
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
