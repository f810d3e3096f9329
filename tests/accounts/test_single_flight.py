import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from accounts import single_flight
from accounts.single_flight import SingleFlight

WAIT_S = 10


class CountingFuture(Future):
    """Tells how many threads wait for it."""

    waiting = threading.Semaphore(0)

    def result(self, timeout=None):
        CountingFuture.waiting.release()
        return super().result(timeout)


@pytest.fixture
def counted(monkeypatch):
    monkeypatch.setattr(CountingFuture, "waiting", threading.Semaphore(0))
    monkeypatch.setattr(single_flight, "Future", CountingFuture)


def all_at_once(work, threads=8):
    """Eight threads ask; the one that works does not finish before the others wait."""
    flights = SingleFlight()
    calls = []

    def slow():
        calls.append(1)
        for _ in range(threads - 1):
            assert CountingFuture.waiting.acquire(timeout=WAIT_S)
        return work()

    with ThreadPoolExecutor(threads) as pool:
        asked = [pool.submit(flights.do, "key", slow, wait_s=WAIT_S) for _ in range(threads)]
    return asked, calls


def test_many_threads_that_ask_at_once_cost_one_answer(counted):
    asked, calls = all_at_once(lambda: "answer")
    assert [future.result() for future in asked] == ["answer"] * 8
    assert len(calls) == 1


def test_an_error_reaches_all_who_wait(counted):
    def fail():
        raise ConnectionError("away")

    asked, calls = all_at_once(fail)
    assert [type(future.exception()) for future in asked] == [ConnectionError] * 8
    assert len(calls) == 1


def test_after_an_answer_or_an_error_the_next_one_works_again():
    flights = SingleFlight()
    assert flights.do("key", lambda: 1, wait_s=WAIT_S) == 1
    with pytest.raises(ZeroDivisionError):
        flights.do("key", lambda: 1 // 0, wait_s=WAIT_S)
    assert flights.do("key", lambda: 2, wait_s=WAIT_S) == 2


def test_who_waits_too_long_is_told():
    flights = SingleFlight()

    def ask_again():
        with ThreadPoolExecutor(1) as pool:
            second = pool.submit(flights.do, "key", lambda: 2, wait_s=0)
            return type(second.exception())

    assert flights.do("key", ask_again, wait_s=WAIT_S) is TimeoutError
