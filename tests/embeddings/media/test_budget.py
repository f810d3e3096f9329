"""Shared memory: nobody gets more than there is, and a large wish is not overtaken for ever."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from embeddings.media.budget import Budget, BudgetSpent

PATIENCE_S = 20.0


def soon():
    return time.monotonic() + PATIENCE_S


def test_what_is_taken_comes_back():
    budget = Budget(100)
    with budget.of(60, deadline=soon()):
        budget.take(40, deadline=soon())
        assert budget.taken == 100
    assert budget.taken == 40
    budget.give_back(40)
    assert budget.taken == 0


def test_who_asks_for_too_much_now_is_told_at_its_deadline():
    budget = Budget(100)
    budget.take(60, deadline=soon())
    with pytest.raises(BudgetSpent):
        budget.take(50, deadline=time.monotonic() + 0.01)
    budget.take(40, deadline=soon())  # the one who gave up stands no more in line


def test_more_than_all_is_an_error_and_not_a_wait():
    with pytest.raises(ValueError, match="101"):
        Budget(100).take(101, deadline=soon())


def test_who_waits_is_served_when_something_comes_back():
    budget = Budget(100)
    budget.take(100, deadline=soon())
    served = threading.Event()

    def want():
        budget.take(80, deadline=soon())
        served.set()

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(want)
        assert not served.is_set()
        budget.give_back(100)
        waiting.result(PATIENCE_S)
    assert budget.taken == 80


def test_a_large_wish_is_not_overtaken_by_small_ones():
    budget = Budget(100)
    budget.take(50, deadline=soon())
    order = []
    began = threading.Barrier(2)

    def want(name, bytes_):
        began.wait(PATIENCE_S)
        budget.take(bytes_, deadline=soon())
        order.append(name)

    with ThreadPoolExecutor(2) as pool:
        large = pool.submit(want, "large", 90)
        began.wait(PATIENCE_S)
        while not budget._line:  # until it stands in line
            pass
        small = pool.submit(want, "small", 10)
        began.wait(PATIENCE_S)
        while len(budget._line) < 2:
            pass
        assert order == []
        budget.give_back(50)
        for future in (large, small):
            future.result(PATIENCE_S)
    assert order == ["large", "small"]


def test_many_threads_never_take_more_than_there_is():
    budget = Budget(10)
    most = []

    def use(bytes_):
        for _ in range(200):
            with budget.of(bytes_, deadline=soon()):
                most.append(budget.taken)

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(use, bytes_) for bytes_ in (1, 2, 3, 5, 8, 10)]:
            future.result(PATIENCE_S)
    assert max(most) <= 10
    assert budget.taken == 0
