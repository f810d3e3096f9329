"""Reading media ahead of the engine: order, failures, memory, turns."""

import threading
import time
from queue import Queue

import numpy as np
import pytest

from aurous.kernel.errors import AurousError
from billing.pricing import Tokens
from embeddings import preparation
from embeddings.engine.base import Clip, Picture
from embeddings.jobs import Job
from embeddings.media.intake import tokens_read
from embeddings.preparation import Preparation, count_tokens
from embeddings.work import MediaItem, WorkItem

PATIENCE_S = 20.0


def picture(at=0, tokens=2):
    return Picture(at, np.zeros((32, 32 * tokens, 3), np.uint8))


class FakeIntake:
    """Gives pictures of two tokens; a URL names what happens instead."""

    def __init__(self):
        self.read_urls = []
        self.stopped = False
        self.gates = {}

    def read(self, item, *, deadline):
        self.read_urls.append(item.url)
        if item.url in self.gates:
            assert self.gates[item.url].wait(PATIENCE_S)
        if item.url.startswith("bad"):
            raise AurousError("media_unsupported", "No.", param=item.path)
        if item.url.startswith("bug"):
            raise ZeroDivisionError("secret words of a decoder")
        if item.url.startswith("huge"):
            return picture(item.at, tokens=item.held_tokens + 1)
        return picture(item.at)

    def stop(self):
        self.stopped = True


class Stage:
    """A preparation whose results land in two queues."""

    def __init__(self, monkeypatch):
        self.intake = FakeIntake()
        monkeypatch.setattr(preparation, "Intake", lambda: self.intake)
        self.read, self.failed = Queue(), Queue()
        self.made = Preparation(
            "fake",
            lambda jobs: self._put(self.read, jobs),
            lambda jobs: self._put(self.failed, jobs),
        )

    def _put(self, queue, jobs):
        for job in jobs:
            queue.put(job)

    def submit(self, *jobs):
        self.made.submit(jobs)

    def next_read(self):
        return self.read.get(timeout=PATIENCE_S)

    def next_failed(self):
        return self.failed.get(timeout=PATIENCE_S)


@pytest.fixture
def stage(monkeypatch, settings):
    settings.MEDIA_THREADS_MAX = 4
    made = Stage(monkeypatch)
    yield made
    assert made.made.stop(PATIENCE_S)
    assert made.intake.stopped
    assert made.read.empty()
    assert made.failed.empty()
    assert made.made._pixels.taken == 0


def job_of(*urls, team="team", seconds=PATIENCE_S, id_="emb_1", held=4):
    media = tuple(
        MediaItem("image", at, url, f"input[{at}].image_url.url", 1_280, held)
        for at, url in enumerate(urls)
    )
    job = Job(WorkItem(id_, team, (7, 8, 9), 256, False, media), lambda _: None)
    job.expires_at = time.monotonic() + seconds
    return job


def test_media_come_in_the_order_of_the_content_whichever_is_read_first(stage):
    gate = stage.intake.gates["slow"] = threading.Event()
    stage.submit(job_of("slow", "b", "c"))
    while len(stage.intake.read_urls) < 3:
        pass
    gate.set()
    job = stage.next_read()
    assert [media.at for media in job.pieces[0].input.media] == [0, 1, 2]
    assert (job.pieces[0].input.token_ids, job.pieces[0].input.dimensions) == ((7, 8, 9), 256)
    assert job.tokens == Tokens(text=3, visual=6)
    assert job.error is None
    job.drop_input()


def test_memory_for_pixels_is_kept_until_the_engine_needs_them_no_more(stage):
    stage.submit(job_of("a"))
    job = stage.next_read()
    assert stage.made._pixels.taken == 4 * 32 * 32 * 3
    job.drop_input()
    assert stage.made._pixels.taken == 0
    assert not job.pieces
    job.drop_input()  # twice is once
    assert stage.made._pixels.taken == 0


def test_the_first_failure_ends_a_request_once_and_keeps_its_field(stage):
    stage.submit(job_of("bad1", "bad2", "a"))
    job = stage.next_failed()
    assert job.error.code == "media_unsupported"
    assert job.error.param in {"input[0].image_url.url", "input[1].image_url.url"}
    job.drop_input()


def test_what_is_not_begun_when_a_request_failed_is_not_read_at_all(stage):
    gate = threading.Event()
    stage.intake.gates = {"first": gate}
    # All four threads are held up; what comes after them stands in line.
    stage.submit(job_of("first", "first", "first", "bad", "later"))
    failed = stage.next_failed()
    gate.set()
    failed.drop_input()
    stage.made.stop(PATIENCE_S)
    assert "later" not in stage.intake.read_urls[:4]


def test_a_poisoned_request_leaves_its_neighbours_alone(stage):
    stage.submit(job_of("a", id_="emb_a"), job_of("bad", id_="emb_b"), job_of("c", id_="emb_c"))
    read = {stage.next_read().item.id, stage.next_read().item.id}
    failed = stage.next_failed()
    assert (read, failed.item.id) == ({"emb_a", "emb_c"}, "emb_b")
    stage.made._pixels._taken = 0  # the jobs are this test's own


def test_an_error_of_ours_is_told_as_one_and_its_words_reach_no_log(stage, caplog, capsys):
    stage.submit(job_of("bug"))
    job = stage.next_failed()
    assert job.error.code == "internal_error"
    job.drop_input()
    said = caplog.text + "".join(capsys.readouterr())
    assert "secret words" not in said


def test_more_than_was_held_is_never_charged(stage):
    stage.submit(job_of("huge"))
    job = stage.next_failed()
    assert job.error.code == "internal_error"
    job.drop_input()


def test_a_request_past_its_deadline_is_not_read(stage):
    stage.submit(job_of("late", seconds=-1))
    assert stage.next_failed().error.code == "provider_timeout"
    assert stage.intake.read_urls == []


def test_a_request_that_finds_no_memory_before_its_deadline_is_told(stage, settings):
    stage.made._pixels.take(stage.made._pixels.bytes_max, deadline=time.monotonic())
    stage.submit(job_of("a", seconds=0.05))
    assert stage.next_failed().error.code == "provider_timeout"
    stage.made._pixels.give_back(stage.made._pixels.bytes_max)
    stage.submit(job_of("b"))
    stage.next_read().drop_input()  # its place was given back as well


def test_a_team_with_many_requests_does_not_keep_others_waiting(stage):
    gate = threading.Event()
    stage.intake.gates = {"slow": gate}
    hogs = [job_of("slow", team="hog", id_=f"emb_{n}", held=1_280) for n in range(40)]
    stage.submit(*hogs)
    stage.submit(job_of("quick", team="other", id_="emb_other", held=1_280))
    gate.set()
    order = [stage.next_read() for _ in range(41)]
    for job in order:
        job.drop_input()
    place = next(i for i, job in enumerate(order) if job.item.id == "emb_other")
    assert place < 10  # 4 were being read and a turn stood before it


def test_tokens_are_counted_from_pixels():
    clip = Clip(0, np.zeros((4, 64, 96, 3), np.uint8), (0.5, 2.5))
    assert tokens_read(picture(tokens=5)) == 5
    assert tokens_read(clip) == 2 * 2 * 3
    assert count_tokens((1, 2), (clip, picture())) == Tokens(text=2, visual=2, video=12)
