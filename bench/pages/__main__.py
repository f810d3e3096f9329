"""Makes a database with a team of many requests, asks its pages, prints one table, drops it.

The database must be on this machine: the CPU time of its process is told beside the time by the
clock, which other work on the machine makes longer.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

from bench.machine import machine
from bench.report import table
from bench.scratch import Scratch, figures, size

WARM_UP = 3
SEED = 7
GOAL_MS = 200  # p95 of a page's time on the server


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.pages", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_112_000, help="nine tenths are the team's")
    parser.add_argument("--times", type=int, default=40, help="each page is asked")
    parser.add_argument("--only", default="", help="pages whose label has this text")
    parser.add_argument("--database", default="aurous_bench_pages")
    parser.add_argument("--keep", action="store_true", help="do not drop the database at the end")
    parser.add_argument("--reuse", action="store_true", help="take the one that was kept")
    return parser.parse_args()


def main() -> int:
    """0; 1 where an answer is no 200 or a page's p95 is above ``GOAL_MS``."""
    arguments = _arguments()
    scratch = Scratch(arguments.database, arguments.keep, arguments.reuse)
    with scratch.installed():
        team_id = scratch.team(arguments.rows, ())
        rows, wrong = _measure(team_id, arguments)
        print("; ".join(f"{name}: {value}" for name, value in machine().items()))
        print(f"{arguments.rows:,} requests, {size()}. Each {arguments.times} times, in ms.\n")
        print(table(("page", "p50", "p95", "longest", "CPU", "kB", "queries"), rows))
        print("\n".join(wrong))
    return 1 if wrong else 0


def _measure(team_id: str, arguments: argparse.Namespace) -> tuple[list[list[str]], list[str]]:
    from bench.pages.cases import cases

    client = _member(team_id)
    rows, wrong = [], []
    for label, case in cases(team_id, arguments.rows).items():
        if arguments.only not in label:
            continue
        rng = random.Random(SEED)
        took, cpu = [], []
        for number in range(WARM_UP + arguments.times):
            path = case(rng)
            began, cpu_began = time.perf_counter(), _cpu_s()
            answer = client.get(path)
            body = answer.getvalue()  # of a download, too
            if number >= WARM_UP:
                took.append((time.perf_counter() - began) * 1_000)
                cpu.append((_cpu_s() - cpu_began) * 1_000)
            if answer.status_code != 200:
                wrong.append(f"{label}: {answer.status_code} for {path}")
        p50, p95, longest = figures(took)
        if p95 > GOAL_MS:
            wrong.append(f"{label}: p95 {p95:.0f} ms, more than {GOAL_MS}")
        sizes = [f"{len(body) / 1_000:.0f}", str(_queries(client, path))]
        numbers = (p50, p95, longest, sum(cpu) / len(cpu))
        rows.append([label, *(f"{number:.0f}" for number in numbers), *sizes])
        print(rows[-1], file=sys.stderr, flush=True)
    return rows, wrong


def _member(team_id: str) -> Any:
    """The browser of the team's owner."""
    from django.test import Client

    from accounts.models import Membership, Role, User

    user, _ = User.objects.get_or_create(email="reader@bench.example")
    Membership.objects.get_or_create(user=user, team_id=team_id, defaults={"role": Role.OWNER})
    client = Client()
    client.force_login(user)
    return client


def _cpu_s() -> float:
    """Seconds of CPU so far, of this process and of its connection's in the database.

    What a page takes when nobody else wants the machine; helpers of a parallel plan are not in it.
    """
    from django.db import connection

    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return time.process_time() + (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def _queries(client: Any, path: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        client.get(path).getvalue()
    return len(captured)


if __name__ == "__main__":
    sys.exit(main())
