"""An engine's steps over successive batches: overlapping, in order, each job answered once."""

import threading
from queue import Queue

import numpy as np
import pytest

from billing.pricing import Tokens
from embeddings.engine.base import EngineBroken, EngineInput
from embeddings.jobs import Job, Piece
from embeddings.steps import Batch, InTurn, Overlapping, steps_of
from embeddings.work import WorkItem

PATIENCE_S = 20.0


class Engine:
    """Gives back the first token id of each input; fails where a test says so."""

    slug = "fake"
    overlaps = True

    def __init__(self):
        self.log = []
        self.fails = {}  # step to what it does with its argument
        self.at_once = 0
        self.at_once_most = 0

    def _do(self, step, inputs):
        self.log.append((step, [one.token_ids[0] for one in inputs]))
        if step in self.fails:
            self.fails[step](inputs)

    def prepare(self, inputs):
        self._do("prepare", inputs)
        return inputs

    def forward(self, inputs):
        self.at_once += 1
        self.at_once_most = max(self.at_once, self.at_once_most)
        try:
            self._do("forward", inputs)
        finally:
            self.at_once -= 1
        return inputs

    def finish(self, inputs):
        self._do("finish", inputs)
        return [np.float32([one.token_ids[0]]) for one in inputs]

    def encode(self, inputs):
        return self.finish(self.forward(self.prepare(inputs)))


def batch_of(*ids):
    items = [WorkItem(f"emb_{id_}", "team", (id_,), 1, False) for id_ in ids]
    inputs = [EngineInput(item.token_ids, 1) for item in items]
    jobs = [Job(item, lambda _: None) for item in items]
    pieces = [
        Piece(job, 0, input_, Tokens(1), True) for job, input_ in zip(jobs, inputs, strict=True)
    ]
    return Batch(pieces, inputs)


class Run:
    """Batches through an engine, and what came back of each."""

    def __init__(self, kind=Overlapping):
        self.engine = Engine()
        self.results = Queue()
        self.steps = kind(self.engine, lambda batch, results: self.results.put((batch, results)))

    def answers(self, count):
        """The next ``count`` answers: id to number, or to the name of an exception."""
        found = {}
        for _ in range(count):
            batch, results = self.results.get(timeout=PATIENCE_S)
            assert len(results) == len(batch.pieces)
            for piece, result in zip(batch.pieces, results, strict=True):
                number = type(result).__name__ if isinstance(result, Exception) else int(result[0])
                assert piece.input.token_ids[0] not in found, "answered twice"
                found[piece.input.token_ids[0]] = number
        return found


@pytest.fixture(params=[InTurn, Overlapping])
def run(request):
    made = Run(request.param)
    yield made
    made.steps.stop()
    assert made.results.empty()


def poison(id_, error=ValueError):
    def fail(inputs):
        if any(one.token_ids[0] == id_ for one in inputs):
            raise error(f"input {id_}")

    return fail


def test_each_batch_comes_back_once_and_in_order(run):
    for first in range(0, 20, 2):
        run.steps.run(batch_of(first, first + 1))
    assert run.answers(10) == {n: n for n in range(20)}


@pytest.mark.parametrize("step", ["prepare", "forward", "finish"])
def test_a_poisoned_input_fails_alone_whichever_step_it_breaks(run, step):
    run.engine.fails[step] = poison(2)
    run.steps.run(batch_of(1, 2, 3))
    run.steps.run(batch_of(4))
    assert run.answers(2) == {1: 1, 2: "ValueError", 3: 3, 4: 4}


@pytest.mark.parametrize("step", ["forward", "finish"])
def test_a_broken_engine_fails_all_that_runs_and_is_not_tried_again(run, step):
    run.engine.fails[step] = poison(2, EngineBroken)
    run.steps.run(batch_of(1, 2, 3))
    assert run.answers(1) == dict.fromkeys((1, 2, 3), "EngineBroken")
    assert len([done for done, _ in run.engine.log if done == "forward"]) == 1


def test_while_one_batch_computes_the_next_is_prepared_and_the_last_is_finished():
    run = Run()
    computing, go_on, finishing = threading.Event(), threading.Event(), threading.Event()

    def hold_second(inputs):
        if inputs[0].token_ids[0] == 2:
            computing.set()
            assert go_on.wait(PATIENCE_S)

    def say_first(inputs):
        if inputs[0].token_ids[0] == 1:
            assert computing.wait(PATIENCE_S)  # finish of the first during forward of the second
            finishing.set()

    run.engine.fails = {"forward": hold_second, "finish": say_first}
    run.steps.run(batch_of(1))
    run.steps.run(batch_of(2))
    run.steps.run(batch_of(3))  # returns: it is prepared and waits behind the second
    assert finishing.wait(PATIENCE_S)
    assert ("prepare", [3]) in run.engine.log
    assert ("finish", [2]) not in run.engine.log
    go_on.set()
    assert run.answers(3) == {1: 1, 2: 2, 3: 3}
    run.steps.stop()


def test_the_device_is_used_by_one_thread_at_a_time_also_when_inputs_are_tried_alone():
    run = Run()
    run.engine.fails["finish"] = lambda inputs: poison(2)(inputs) if len(inputs) > 1 else None
    for _ in range(10):
        run.steps.run(batch_of(1, 2, 3))
        run.answers(1)
        run.steps.run(batch_of(4, 5))
        run.answers(1)
    run.steps.stop()
    assert run.engine.at_once_most == 1


def test_stopping_finishes_what_was_taken():
    run = Run()
    run.steps.run(batch_of(1))
    run.steps.run(batch_of(2))
    run.steps.stop()
    assert run.answers(2) == {1: 1, 2: 2}


def test_an_engine_says_whether_its_steps_overlap():
    engine = Engine()
    overlapping = steps_of(engine, lambda *_: None)
    assert isinstance(overlapping, Overlapping)
    overlapping.stop()
    engine.overlaps = False
    assert isinstance(steps_of(engine, lambda *_: None), InTurn)
