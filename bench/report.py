"""Prints what was found: Markdown for people, one JSON object for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.goals import Goal
from bench.rounds import Plan, Row

HEADINGS = (
    "target",
    "clients",
    "req/s",
    "p50 ms",
    "p99 ms",
    "CPU s / 1,000",
    "other work",
    "not 200",
)


@dataclass(slots=True)
class Report:
    """Everything a run has to say. `problems` make the command fail; `notes` do not."""

    machine: Mapping[str, str]
    plan: Plan
    rows: list[Row] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def table(headings: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A Markdown table, padded so that it also reads well as it is."""
    widths = [max(map(len, column)) for column in zip(headings, *lines, strict=True)]
    rows = [headings, ["-" * width for width in widths], *lines]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )


def row_cells(row: Row) -> list[str]:
    """One line of the main table."""
    return [
        row.target,
        str(row.clients),
        f"{row.per_second:,.0f}",
        f"{row.percentile_ms(50):.1f}",
        f"{row.percentile_ms(99):.1f}",
        f"{row.cpu_s_per_thousand:.2f}",
        f"{row.foreign_cores:.2f}",
        ", ".join(run.failure_text() for run in row.runs if run.failures) or "0",
    ]


def markdown(report: Report) -> str:
    """The whole report."""
    plan = report.plan
    parts = [
        "; ".join(f"{name}: {value}" for name, value in report.machine.items()),
        f"Medians of {plan.rounds} rounds of {plan.seconds:g} s (after {plan.warm_up_s:g} s of "
        "warm-up), all targets by turns. Texts of about 20 tokens, float32, a fresh idempotency "
        "key with each request; the load generator runs on the same cores. CPU of Aurous includes "
        "PostgreSQL and Redis. “Other work” is how many cores were busy with anything else in the "
        "worst round: rows with more than a tenth of a core are not to be trusted.",
        table(HEADINGS, [row_cells(row) for row in report.rows]),
    ]
    if report.goals:
        lines = [[goal.what, goal.wanted, goal.measured, goal.verdict] for goal in report.goals]
        parts.append(table(("goal", "wanted", "measured", "reached"), lines))
    parts += [_bullets("Not measured", [f"{k}: {v}" for k, v in report.absent.items()])]
    parts += [_bullets("Notes", report.notes), _bullets("PROBLEMS", report.problems)]
    return "\n\n".join(part for part in parts if part)


def _bullets(heading: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{heading}:", *(f"- {line}" for line in lines)]) if lines else ""


def as_json(report: Report) -> dict[str, Any]:
    """The same, for programs."""
    plan = report.plan
    return {
        "machine": dict(report.machine),
        "rounds": plan.rounds,
        "seconds": plan.seconds,
        "rows": [_row_json(row) for row in report.rows],
        "goals": [
            {"what": g.what, "wanted": g.wanted, "measured": g.measured, "reached": g.reached}
            for g in report.goals
        ],
        "absent": report.absent,
        "notes": report.notes,
        "problems": report.problems,
    }


def _row_json(row: Row) -> dict[str, Any]:
    return {
        "target": row.target,
        "clients": row.clients,
        "per_second": round(row.per_second, 1),
        "per_second_by_round": [round(run.per_second, 1) for run in row.runs],
        "p50_ms": round(row.percentile_ms(50), 2),
        "p99_ms": round(row.percentile_ms(99), 2),
        "cpu_s_per_1000": round(row.cpu_s_per_thousand, 3),
        "foreign_cores": round(row.foreign_cores, 2),
        "requests": sum(run.requests for run in row.runs),
        "failures": [run.failure_text() for run in row.runs if run.failures],
        "client_cpu_share": round(row.median(lambda run: run.client_cpu_s / run.seconds), 3),
    }
