"""Whoever came first goes first, and nobody waits longer than they said."""

import threading
import time

import pytest

from embeddings.media.errors import SandboxBusy
from embeddings.media.line import Line

PATIENT_S = 20.0


def wait_for(condition):
    """Until it holds: it is set by threads that nothing here can wake."""
    ends_at = time.monotonic() + PATIENT_S
    while not condition():
        assert time.monotonic() < ends_at
        threading.Event().wait(0.001)


def test_places_are_given_in_the_order_of_coming():
    line, served = Line(1), []

    def visit(number):
        with line.place(PATIENT_S):
            served.append(number)

    visitors = [threading.Thread(target=visit, args=(number,)) for number in range(6)]
    with line.place(PATIENT_S):
        for count, visitor in enumerate(visitors, start=1):
            visitor.start()
            wait_for(lambda count=count: line.waiting == count)
    for visitor in visitors:
        visitor.join(PATIENT_S)
    assert served == list(range(6))


def test_no_more_hold_a_place_than_there_are_places():
    line, lock, inside, most = Line(3), threading.Lock(), [0], [0]
    entered = threading.Barrier(3)

    def visit():
        with line.place(PATIENT_S):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            entered.wait(PATIENT_S)
            with lock:
                inside[0] -= 1

    visitors = [threading.Thread(target=visit) for _ in range(12)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(PATIENT_S)
    assert most == [3]


def test_who_waits_too_long_is_told_and_takes_nobodys_place():
    line = Line(1)
    with line.place(0.0):
        with pytest.raises(SandboxBusy):
            with line.place(0.001):
                pytest.fail("there was no place")
        assert line.waiting == 0
    with line.place(0.0):
        pass


def test_an_error_inside_gives_the_place_back():
    line = Line(1)
    with pytest.raises(ZeroDivisionError):
        with line.place(0.0):
            raise ZeroDivisionError
    with line.place(0.0):
        pass
