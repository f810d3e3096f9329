"""A request of many texts in a worker: cut over batches, in turn with others, all or nothing."""

import random
import threading
import time
from queue import Queue

import numpy as np
import pytest

from aurous.kernel.errors import AurousError
from billing.pricing import Tokens
from embeddings.compute import Compute
from embeddings.engine.base import EngineBroken, EngineInput
from embeddings.job_queue import BatchLimits, JobQueue, RequestOver
from embeddings.jobs import Job
from embeddings.work import WorkItem

PATIENCE_S = 20.0
LIMITS = BatchLimits(tokens_max=1_024, items_max=256)


def job_of(id_, *sizes, team="many", expires_in_s=PATIENCE_S):
    """A job whose texts have so many tokens; each token is the text's number."""
    ids = tuple(index for index, size in enumerate(sizes) for _ in range(size))
    job = Job(WorkItem(id_, team, ids, 2, False, (), tuple(sizes)), lambda _: None)
    job.expires_at = time.monotonic() + expires_in_s
    inputs = [EngineInput(document, 2) for document in job.item.documents]
    job.ready(inputs, [Tokens(text=size) for size in sizes])
    return job


class Engine:
    """Answers (number of the text, tokens of it); stands still until it is let go."""

    slug, overlaps = "fake", False

    def __init__(self):
        self.batches = Queue()
        self.go = threading.Event()
        self.fails = {}  # number of a text to the exception that it becomes

    def encode(self, inputs):
        self.batches.put([(one.token_ids[0], len(one.token_ids)) for one in inputs])
        assert self.go.wait(PATIENCE_S)
        return [
            self.fails.get(one.token_ids[0], np.float32([one.token_ids[0], len(one.token_ids)]))
            for one in inputs
        ]


class Stage:
    def __init__(self):
        self.engine = Engine()
        self.done = Queue()
        self.broken = threading.Event()
        self.compute = Compute("fake", self.engine, self._take, self.broken.set, LIMITS)

    def _take(self, jobs):
        for job in jobs:
            self.done.put(job)

    def plug(self):
        """Something that the engine is busy with, so that what comes now waits."""
        plug = job_of("plug", 1, team="plug")
        self.compute.submit([plug])
        self.engine.batches.get(timeout=PATIENCE_S)
        return plug

    def ended(self, count=1):
        return [self.done.get(timeout=PATIENCE_S) for _ in range(count)]

    def stop(self):
        self.engine.go.set()
        assert self.compute.stop(PATIENCE_S)
        return list(self.engine.batches.queue)


@pytest.fixture
def stage():
    made = Stage()
    yield made
    made.stop()


def test_the_largest_batch_is_cut_over_many_passes_none_above_the_budget(stage):
    stage.plug()
    stage.compute.submit([job_of("a", *[254] * 256)])
    batches = stage.stop()
    assert len(batches) == 64
    assert max(sum(size for _, size in batch) for batch in batches) <= LIMITS.tokens_max
    assert [text for batch in batches for text, _ in batch] == list(range(256))
    assert [job.item.id for job in stage.ended(2)] == ["plug", "a"]


def test_the_request_of_another_team_takes_its_turn_in_between(stage):
    stage.plug()
    stage.compute.submit([job_of("a", *[254] * 256)])
    stage.compute.submit([job_of("b", 10, team="one")])
    stage.engine.go.set()
    assert [job.item.id for job in stage.ended(3)] == ["plug", "b", "a"]
    assert (0, 10) in stage.engine.batches.get(timeout=PATIENCE_S)


def test_two_large_batches_of_two_teams_share_the_engine_by_tokens(stage):
    stage.plug()
    stage.compute.submit([job_of("a", *[128] * 64)])
    stage.compute.submit([job_of("b", *[64] * 64, team="other")])
    batches = stage.stop()
    half = [size for batch in batches[: len(batches) // 2] for _, size in batch]
    of_a, of_b = half.count(128) * 128, half.count(64) * 64
    assert 0.4 < of_a / (of_a + of_b) < 0.6


@pytest.mark.parametrize("seed", range(5))
def test_vectors_come_in_the_order_of_the_texts_however_they_were_batched(seed):
    chance = random.Random(seed)
    sizes = [chance.randint(1, 254) for _ in range(chance.randint(2, 100))]
    job = job_of("a", *sizes)
    pieces = job.pieces[:]
    chance.shuffle(pieces)
    ends = [job.found(one.index, np.float32([one.index, one.weight.text])) for one in pieces]
    assert ends == [False] * (len(sizes) - 1) + [True]
    assert job.vectors.tolist() == [[index, size] for index, size in enumerate(sizes)]
    assert job.tokens == Tokens(text=sum(sizes))


def test_one_text_that_fails_ends_its_request_and_what_waits_of_it_is_not_computed(stage):
    stage.engine.fails[1] = ValueError("no")
    stage.plug()
    stage.compute.submit([job_of("a", *[254] * 256)])
    stage.compute.submit([job_of("b", 5, team="one")])
    batches = stage.stop()
    ended = {job.item.id: job for job in stage.ended(3)}
    assert ended["a"].error.code == "internal_error"
    assert ended["a"].vectors is None
    assert ended["b"].vectors.tolist() == [[0, 5]]
    assert stage.done.empty()
    assert len(batches) == 1
    assert stage.compute.waiting_tokens == len(stage.compute) == 0


def test_a_deadline_ends_the_whole_request_once(stage):
    stage.plug()
    stage.compute.submit([job_of("a", *[254] * 256, expires_in_s=0.0)])
    batches = stage.stop()
    assert batches == []
    late = {job.item.id: job for job in stage.ended(2)}["a"]
    assert late.error.code == "provider_timeout"
    assert stage.done.empty()


def test_a_broken_engine_ends_the_whole_request_once(stage):
    stage.engine.fails[0] = EngineBroken("gone")
    stage.compute.submit([job_of("a", *[254] * 10)])
    stage.stop()
    (job,) = stage.ended()
    assert job.error.code == "provider_unavailable"
    assert stage.broken.is_set()
    assert stage.done.empty()


def test_a_batch_waits_as_one_request_with_all_its_tokens(stage):
    stage.plug()
    stage.compute.submit([job_of("a", *[100] * 50), job_of("b", 7, team="one")])
    assert len(stage.compute) == 2
    assert stage.compute.waiting_tokens == 5_007


def test_the_time_in_the_engine_is_from_the_first_piece_to_the_last():
    job = job_of("a", 1, 1)
    for began, ended in ((10.0, 11.0), (13.0, 15.0)):
        job.computed(job.received_at + began, job.received_at + ended)
    assert job.queue_ms == pytest.approx(10_000)
    assert job.compute_ms == pytest.approx(5_000)


def test_pieces_of_a_request_that_is_over_leave_the_line_without_a_batch_of_their_own():
    queue = JobQueue(BatchLimits(tokens_max=100, items_max=10))
    over, good = job_of("a", *[60] * 5), job_of("b", 50)
    for piece in (*over.pieces, *good.pieces):
        queue.push((piece, None))
    over.error = AurousError("internal_error", "No.")
    batch, dropped = queue.take()
    assert [piece for piece, _ in batch] == good.pieces
    assert [piece for (piece, _), _ in dropped] == over.pieces
    assert {type(reason) for _, reason in dropped} == {RequestOver}
    assert (len(queue), queue.requests, queue.fair.tokens) == (0, 0, 0)
