"""In a pump a bad item fails by itself; an outage is everybody's answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aurous.kernel.errors import AurousError
from tests.kernel.pumping import PATIENCE_S, Work, answers, inside, pumping

BAD = st.sets(st.integers(0, 19))


class Refuses(Work):
    """Work that will not do some numbers. ``done`` are the numbers it has had an effect for."""

    def __init__(self, bad, *, by_raising):
        super().__init__()
        self._bad = bad
        self._by_raising = by_raising
        self.done = []

    def results(self, items):
        if self._by_raising and self._bad & set(items):
            raise KeyError("a bad item")  # no effect
        good = [item for item in items if item not in self._bad]
        self.done += good
        return [KeyError(item) if item in self._bad else 2 * item for item in items]


@settings(max_examples=100)
@given(BAD, st.integers(1, 9), st.booleans())
def test_a_bad_item_never_fails_its_neighbours(bad, items_max, by_raising):
    work = Refuses(bad, by_raising=by_raising)
    with pumping(work, items_max=items_max) as pump:
        inside(pump, work, -1)
        futures = pump.submit_many(range(20))
        work.go_on()
        results = answers(futures)
    for item, result in enumerate(results):
        assert isinstance(result, KeyError) if item in bad else result == 2 * item
    # Each good one had its effect once, in order; the bad ones none.
    assert work.done == [-1] + [item for item in range(20) if item not in bad]


@settings(max_examples=30)
@given(st.integers(2, 9), st.data())
def test_an_outage_is_the_answer_of_the_whole_batch_and_asked_only_once(size, data):
    unlucky = data.draw(st.integers(0, size - 1))
    outage = AurousError("provider_unavailable", "away", retry_after_s=1)
    work = Work()

    def results(items):
        if unlucky in items:
            raise outage
        return items

    work.results = results
    with pumping(work) as pump:
        inside(pump, work, -1)
        futures = pump.submit_many(range(size))
        work.go_on()
        assert all(error is outage for error in answers(futures))
        assert pump.submit(77).result(PATIENCE_S) == 77  # the next batch is another matter
    assert work.batches == [[-1], list(range(size)), [77]]


@pytest.mark.parametrize("wrong", [[], [1], [1, 2, 3, 4]], ids=["none", "too few", "too many"])
def test_work_that_answers_another_number_of_items_is_tried_one_by_one(wrong):
    work = Work()
    work.results = lambda items: [2 * items[0]] if len(items) == 1 else wrong
    with pumping(work) as pump:
        inside(pump, work, 0)
        futures = pump.submit_many([5, 6, 7])
        work.go_on()
        assert answers(futures) == [10, 12, 14]


def test_an_item_that_is_never_answered_right_is_told_so():
    work = Work()
    work.results = lambda items: []
    with pumping(work) as pump:
        (error,) = answers([pump.submit(1)])
    assert isinstance(error, RuntimeError)
    assert "0 results for 1 items" in str(error)


def test_the_thread_outlives_every_failure():
    work = Refuses({1, 2, 3}, by_raising=True)
    with pumping(work) as pump:
        for item in (1, 2, 3):
            assert isinstance(pump.submit(item).exception(PATIENCE_S), KeyError)
            assert pump.alive
        assert pump.submit(4).result(PATIENCE_S) == 8
