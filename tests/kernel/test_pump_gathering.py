"""A pump that is told when a batch is worth it waits for that, but never for long."""

import threading

import pytest

from aurous.kernel import pump as pump_module
from aurous.kernel.pump import Fifo, Pump


class Clocks:
    """The clock and the sleeping of the pump's thread, in the test's hands."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self.on_sleep = lambda: None

    def monotonic(self) -> float:
        return self.now

    def thread_time(self) -> float:
        return self.now  # every second of the test is a second of work

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.on_sleep()


@pytest.fixture
def clocks(monkeypatch) -> Clocks:
    made = Clocks()
    monkeypatch.setattr(pump_module, "time", made)
    return made


def a_pump(clocks, enough, batches, work_s=1.0):
    def work(items):
        batches.append(list(items))
        clocks.now += work_s
        return items

    return Pump("test", work, queue=Fifo(100), queue_items_max=100, enough=enough)


def done(futures):
    return [future.result(10) for future in futures]


def test_a_lone_item_never_waits_for_company(clocks):
    batches = []
    pump = a_pump(clocks, lambda waiting: False, batches)
    done([pump.submit("a")])
    done([pump.submit("b")])
    assert batches == [["a"], ["b"]]
    assert clocks.slept == []
    assert pump.stop(10)


def test_after_a_batch_of_several_it_waits_until_enough_is_in_line(clocks):
    batches, late = [], []
    pump = a_pump(clocks, lambda waiting: waiting >= 2, batches)
    done(pump.submit_many(["a", "b"]))
    clocks.on_sleep = lambda: late or late.append(pump.submit("d"))
    done([pump.submit("c")])
    done(late)
    assert batches == [["a", "b"], ["c", "d"]]
    assert len(clocks.slept) == 1
    assert pump.stop(10)


def test_it_gives_up_gathering_after_a_few_times_what_a_batch_costs(clocks):
    batches = []
    pump = a_pump(clocks, lambda waiting: False, batches, work_s=0.002)
    done(pump.submit_many(["a", "b"]))
    done([pump.submit("c")])
    assert batches == [["a", "b"], ["c"]]
    assert sum(clocks.slept) == pytest.approx(0.002 * pump_module.GATHER_FACTOR, abs=0.0011)
    assert pump.stop(10)


def test_a_pump_that_is_stopped_does_not_go_on_gathering(clocks):
    batches, stopped = [], threading.Event()
    pump = a_pump(clocks, lambda waiting: False, batches, work_s=1_000.0)
    done(pump.submit_many(["a", "b"]))

    def stop_once():
        if not stopped.is_set():
            stopped.set()
            threading.Thread(target=pump.stop).start()
        clocks.now -= pump_module.GATHER_SLICE_SECONDS  # without a stop it would gather for ever

    clocks.on_sleep = stop_once
    done([pump.submit("c")])
    assert batches == [["a", "b"], ["c"]]
