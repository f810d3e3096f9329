"""Makes a database with millions of requests, asks every list, prints one table, drops it."""

from __future__ import annotations

import argparse
import random
import sys
import time
from typing import Any

from bench.machine import machine
from bench.report import table
from bench.scratch import Scratch, figures, size

WARM_UP = 3
SEED = 7
# Only writing needs these two; without them the database stays below 15 GB.
UNINDEXED = ("request_id", "reference")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.reading", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=40, help="each question is asked")
    parser.add_argument("--only", default="", help="questions whose label has this text")
    parser.add_argument("--keep", action="store_true", help="do not drop the database at the end")
    parser.add_argument("--reuse", action="store_true", help="take the one that was kept")
    return parser.parse_args()


def main() -> int:
    """0; it asserts nothing but that every answer is a 200."""
    arguments = _arguments()
    scratch = Scratch("aurous_bench_reading", arguments.keep, arguments.reuse)
    with scratch.installed():
        team_id = scratch.team(arguments.rows, UNINDEXED)
        rows, wrong = _measure(team_id, arguments.times, arguments.only)
        print("; ".join(f"{name}: {value}" for name, value in machine().items()))
        print(f"{arguments.rows:,} requests, {size()}. Each {arguments.times} times, in ms.\n")
        print(table(("question", "p50", "p95", "longest", "rows told"), rows))
        print("\n".join(wrong))
    return 1 if wrong else 0


def _measure(team_id: str, times: int, only: str) -> tuple[list[list[str]], list[str]]:
    from django.db import connection
    from django.test import Client

    from accounts import api_keys, teams
    from accounts.actors import command_actor
    from aurous.kernel.clock import database_now
    from bench.reading.cases import cases

    actor = command_actor("bench.reading")
    teams.set_limits(team_id, actor=actor, rpm=0, tpm=0)
    key = api_keys.create(team_id, name="reader", scope="read", actor=actor).text
    client = Client(headers={"authorization": f"Bearer {key}"})
    rows, wrong = [], []
    for label, case in cases(team_id, database_now(connection)).items():
        if only not in label:
            continue
        rng = random.Random(SEED)
        took, told = [], 0
        for number in range(WARM_UP + times):
            path = case(rng)
            began = time.perf_counter()
            answer = client.get(path)
            if number >= WARM_UP:
                took.append((time.perf_counter() - began) * 1_000)
            told = _told(answer)
            if answer.status_code != 200:
                wrong.append(f"{label}: {answer.status_code} for {path}")
        rows.append([label, *(f"{value:.0f}" for value in figures(took)), str(told)])
        print(rows[-1], file=sys.stderr, flush=True)
    return rows, wrong


def _told(answer: Any) -> int:
    """Rows of the last answer; of usage its groups."""
    if answer.status_code != 200:
        return 0
    data = answer.json()["data"]
    return sum(len(row["results"]) if "results" in row else 1 for row in data)


if __name__ == "__main__":
    sys.exit(main())
