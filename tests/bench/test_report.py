"""Numbers, medians, goals and the words around them."""

import json
import math
from collections import Counter

import pytest

from bench.agreement import cosine, disagreements
from bench.goals import goals
from bench.report import Report, as_json, markdown
from bench.results import RunResult, percentile
from bench.rounds import Plan, Row, find, measure

PLAN = Plan(rounds=3, seconds=1.0, warm_up_s=0.0, clients=(1, 64))


def run(clients=64, per_second=100, took_s=0.01, failures=()):
    return RunResult(clients, 1.0, [took_s] * per_second, Counter(failures), cpu_s=0.5)


class FakeTarget:
    """Remembers in which order it was asked."""

    ready_s = 0.0

    def __init__(self, name, log, clients=(1, 64)):
        self.name, self.log, self.clients = name, log, clients

    def measure(self, clients, seconds, warm_up_s):
        self.log.append((self.name, clients))
        return run(clients)


@pytest.mark.parametrize(
    ("percent", "expected"), [(0, 1.0), (50, 2.0), (51, 3.0), (99, 4.0), (100, 4.0)]
)
def test_a_percentile_is_a_value_that_was_seen(percent, expected):
    assert percentile([4.0, 1.0, 3.0, 2.0], percent) == expected


def test_the_work_of_others_is_what_is_left_of_the_machine():
    disturbed = RunResult(1, 2.0, [0.1], cpu_s=1.0, client_cpu_s=0.5, machine_cpu_s=3.0)
    assert disturbed.foreign_cores == 0.75
    assert RunResult(1, 2.0, [0.1], cpu_s=1.01, machine_cpu_s=1.0).foreign_cores == 0
    assert Row("a", 1, [run(), disturbed]).foreign_cores == 0.75


def test_nothing_measured_has_no_percentile():
    assert math.isnan(percentile([], 50))
    assert math.isnan(RunResult(1).cpu_s_per_thousand)
    assert RunResult(1).per_second == 0


def test_every_round_begins_with_another_target():
    log = []
    targets = [FakeTarget("a", log), FakeTarget("b", log, clients=(1,))]
    rows = measure(targets, PLAN)
    assert log[:3] == [("a", 1), ("b", 1), ("a", 64)]
    assert log[3:6] == [("b", 1), ("a", 1), ("a", 64)]
    counted = {(row.target, row.clients): len(row.runs) for row in rows}
    assert counted == {("a", 1): 3, ("a", 64): 3, ("b", 1): 3}


def test_a_row_is_the_median_of_its_rounds():
    row = Row("a", 64, [run(per_second=n) for n in (10, 1000, 30)])
    assert row.per_second == 30


def test_a_run_with_a_failure_is_never_shown_as_clean():
    row = Row("Aurous", 64, [run(), run(failures=["429", "429"]), run()])
    report = Report({"CPU": "2 × x"}, PLAN, [row], problems=row.failures)
    assert "2 × 429" in markdown(report)
    assert "PROBLEMS" in markdown(report)
    assert as_json(report)["rows"][0]["failures"] == ["2 × 429"]


def test_what_was_not_measured_is_named():
    report = Report({}, PLAN, [Row("a", 1, [run(1)])], absent={"infinity-emb": "no such file"})
    assert "infinity-emb: no such file" in markdown(report)
    assert json.loads(json.dumps(as_json(report)))["absent"] == {"infinity-emb": "no such file"}


def rows_of(**speeds):
    """A lookup as the bench has it: name of the target → requests a second."""
    rows = [
        Row(name.replace("_", "-"), clients, [run(clients, per_second)])
        for name, per_second in speeds.items()
        for clients in (1, 64)
    ]
    return lambda key, clients: find(rows, key, clients)


def verdicts(rows, facts):
    return [goal.reached for goal in goals(rows, facts)]


def test_goals_are_compared_with_what_was_measured():
    rows = rows_of(
        aurous_stub=1000, litellm=100, aurous_text=130, infinity=100, plain=144, plain_batch=145
    )
    facts = {
        "web_ready_mb": 150.0,
        "web_mb": 150.1,
        "web_ready_s": 3.1,
        "in_flight_connections": 10,
    }
    assert verdicts(rows, facts) == [True, True, True, False, True, True, True, False, False]


def test_a_goal_without_its_numbers_is_neither_reached_nor_missed():
    assert set(verdicts(rows_of(aurous_text=130), {})) == {None}


def test_vectors_of_the_same_model_must_agree():
    assert cosine([1.0, 0.0], [2.0, 0.0]) == pytest.approx(1.0)
    assert disagreements({"a": [1.0, 0.0], "b": [3.0, 0.0]}) == []
    assert len(disagreements({"a": [1.0, 0.0], "b": [1.0, 0.1], "c": [1.0]})) == 2
