"""The hot team's line adds up, and the parts of Aurous are told apart."""

import os

from bench import parts
from bench.hot_team import HEADINGS, Line
from bench.parts import PARTS, PartsClock
from bench.results import RunResult
from bench.targets.aurous_stack import AurousStack


def test_a_line_has_a_cell_for_each_heading():
    run = RunResult(64, seconds=2.0, latencies_s=[0.05] * 3000, client_cpu_s=0.5)
    cells = Line(2, run, dict.fromkeys(PARTS, 0.5)).cells()
    line = dict(zip(HEADINGS, cells, strict=True))
    assert (line["requests/s"], line["holds + settlements/s"]) == ("1,500", "3,000")
    assert (line["PostgreSQL"], line["load generator"], line["not 200"]) == ("0.50", "0.25", "0")


def test_a_stack_that_is_not_running_uses_nothing():
    clock = PartsClock(AurousStack())
    assert clock() == 0.0
    assert clock.cores(1.0) == dict.fromkeys(PARTS, 0.0)


def test_cores_are_those_between_the_last_two_readings(monkeypatch):
    readings = iter([0.0, 1.0, 3.0])
    monkeypatch.setattr(parts, "cpu_by_part", lambda _: dict.fromkeys(PARTS, next(readings)))
    clock = PartsClock(AurousStack())
    assert (clock(), clock()) == (len(PARTS) * 1.0, len(PARTS) * 3.0)
    assert clock.cores(4.0) == dict.fromkeys(PARTS, 0.5)


def test_web_processes_are_those_that_serve_the_port(monkeypatch):
    stack = AurousStack()
    stack.server = type("Running", (), {"pid": os.getpid()})()
    monkeypatch.setattr(AurousStack, "web_pids", lambda _: [os.getpid()])
    used = parts.cpu_by_part(stack)
    assert used["web"] > 0
