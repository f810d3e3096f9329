"""A pump loses nothing, does nothing twice, keeps the order, refuses when full, drains on stop."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurous.kernel.pump import Pump, PumpClosed, PumpFull
from tests.kernel.pumping import PATIENCE_S, Work, answers, inside, pumping

GROUPS = st.lists(st.integers(0, 8), max_size=12)  # how many items each submission brings


@settings(max_examples=100)
@given(GROUPS, st.integers(1, 7), st.booleans())
def test_every_item_is_done_once_in_order_and_gets_its_own_result(groups, items_max, gather):
    work = Work()
    with pumping(work, items_max=items_max) as pump:
        first = [inside(pump, work, -1)] if gather else []
        numbers = iter(range(1_000))
        futures = [
            future
            for size in groups
            for future in pump.submit_many([next(numbers) for _ in range(size)])
        ]
        work.go_on()
        results = answers(futures)
        answers(first)
    count = sum(groups)
    assert results == [2 * n for n in range(count)]
    assert work.seen == ([-1] if gather else []) + list(range(count))
    assert all(1 <= len(batch) <= items_max for batch in work.batches)


def test_a_lone_item_goes_at_once():
    work = Work()
    with pumping(work) as pump:
        assert pump.submit(4).result(PATIENCE_S) == 8
    assert work.batches == [[4]]


def test_while_one_batch_runs_the_next_one_gathers():
    work = Work()
    with pumping(work, items_max=5) as pump:
        inside(pump, work, 0)
        futures = [pump.submit(n) for n in range(1, 13)]
        assert len(pump) == 12
        work.go_on()
        answers(futures)
    assert work.batches == [[0], [1, 2, 3, 4, 5], [6, 7, 8, 9, 10], [11, 12]]


@settings(max_examples=30)
@given(st.lists(st.integers(1, 20), min_size=2, max_size=6), st.integers(1, 9))
def test_many_threads_may_submit_and_each_keeps_its_order(sizes, items_max):
    work = Work()
    start = threading.Barrier(len(sizes))

    def submit(thread, size):
        start.wait(PATIENCE_S)
        return [pump.submit(100 * thread + n) for n in range(size)]

    with pumping(work, items_max=items_max) as pump:
        with ThreadPoolExecutor(len(sizes)) as threads:
            futures = list(threads.map(submit, range(len(sizes)), sizes))
        results = [answers(own) for own in futures]
    for thread, size in enumerate(sizes):
        own = [100 * thread + n for n in range(size)]
        assert results[thread] == [2 * item for item in own]
        assert [item for item in work.seen if item // 100 == thread] == own
    assert len(work.seen) == sum(sizes)


@settings(max_examples=50)
@given(st.integers(0, 6), st.integers(1, 8))
def test_it_refuses_what_does_not_fit_and_takes_all_or_nothing(waiting, more):
    limit = 6
    work = Work()
    with pumping(work, queue_items_max=limit) as pump:
        held = inside(pump, work, 0)  # in work: it does not wait any more
        futures = pump.submit_many(range(1, waiting + 1))
        if waiting + more > limit:
            with pytest.raises(PumpFull):
                pump.submit_many([99] * more)
        else:
            futures += pump.submit_many([99] * more)
        work.go_on()
        answers([held, *futures])
    assert work.seen.count(99) in (0, more)
    assert work.seen[1 : waiting + 1] == list(range(1, waiting + 1))


def test_after_it_was_full_it_takes_items_again():
    work = Work()
    with pumping(work, queue_items_max=1) as pump:
        inside(pump, work, 0)
        last = pump.submit(1)
        with pytest.raises(PumpFull):
            pump.submit(2)
        work.go_on()
        answers([last])
        assert pump.submit(3).result(PATIENCE_S) == 6


@settings(max_examples=50)
@given(st.integers(0, 30), st.integers(1, 7))
def test_a_stop_finishes_what_waits_and_takes_nothing_new(waiting, items_max):
    work = Work()
    with pumping(work, items_max=items_max) as pump:
        held = inside(pump, work, 0)
        futures = [pump.submit(n) for n in range(1, waiting + 1)]
        assert pump.stop(0) is False  # it is still inside
        with pytest.raises(PumpClosed):
            pump.submit(99)
        assert not any(future.done() for future in futures)
        work.go_on()
        assert pump.stop(PATIENCE_S) is True
        assert not pump.alive
        assert all(future.done() for future in [held, *futures])
    assert work.seen == list(range(waiting + 1))


def test_a_stop_of_an_idle_pump_ends_its_thread():
    with pumping(Work()) as pump:
        assert pump.alive
        assert pump.stop(PATIENCE_S)
        assert pump.stop(PATIENCE_S)  # twice is once
        assert not pump.alive


def test_an_item_that_nobody_waits_for_any_more_troubles_nobody():
    work = Work()
    with pumping(work) as pump:
        inside(pump, work, 0)
        gone, kept = pump.submit_many([1, 2])
        assert gone.cancel()
        work.go_on()
        assert kept.result(PATIENCE_S) == 4
        assert pump.submit(3).result(PATIENCE_S) == 6


def test_a_callback_that_fails_troubles_nobody(caplog):
    def fail(_future):
        raise RuntimeError("not my day")

    work = Work()
    with pumping(work) as pump:
        held = inside(pump, work, 0)
        held.add_done_callback(fail)
        other = pump.submit(1)
        work.go_on()
        assert answers([held, other]) == [0, 2]
    assert "not my day" in caplog.text


class Picky:
    """A queue that will not do odd numbers."""

    def __init__(self):
        self._entries = []

    def push(self, entry):
        self._entries.append(entry)

    def take(self):
        entries, self._entries = self._entries, []
        odd = [(entry, KeyError(entry[0])) for entry in entries if entry[0] % 2]
        return [entry for entry in entries if not entry[0] % 2], odd

    def __len__(self):
        return len(self._entries)


@pytest.mark.parametrize("numbers", [[1], [1, 3], [2, 3, 4], [5, 6]])
def test_what_the_queue_drops_is_told_why_and_not_done(numbers):
    work = Work()
    pump = Pump("picky", work, queue=Picky(), queue_items_max=10)
    results = answers(pump.submit_many(numbers))
    assert pump.stop(PATIENCE_S)
    for number, result in zip(numbers, results, strict=True):
        assert isinstance(result, KeyError) if number % 2 else result == 2 * number
    assert work.seen == [number for number in numbers if not number % 2]
