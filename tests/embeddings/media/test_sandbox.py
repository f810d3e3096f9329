"""A child may hang, end, lie or grow: its file is refused and nothing else is."""

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from embeddings.media.errors import SandboxBroken, SandboxBusy
from embeddings.media.limits import MIB, Limits
from embeddings.media.process import ROOT
from embeddings.media.sandbox import Sandbox
from tests.embeddings.files import encoded, noise
from tests.embeddings.media.misbehaving import (
    CHILDREN,
    GOOD,
    SHORT,
    is_gone,
    misbehaving,
    probe,
    refused,
    wait_until,
)
from tests.embeddings.media.reading import SOON_S, read_image


@pytest.mark.parametrize("name", ["hangs", "deaf"])
def test_a_child_that_does_not_answer_in_time_is_killed_and_replaced(name):
    with misbehaving(name, SHORT) as sandbox:
        data = bytes(4 * MIB)  # more than fits between two processes
        for _ in range(2):
            error = refused(probe, sandbox, data)
            assert (error.code, "too long" in error.message) == ("media_too_large", True)
            assert sandbox.pids == []


def test_a_child_that_never_begins_says_nothing_about_the_file():
    with misbehaving("late", Limits(start_seconds_max=0.2)) as sandbox:
        with pytest.raises(SandboxBroken):
            probe(sandbox)
        assert sandbox.pids == []


def test_a_child_that_computes_too_long_is_ended_by_the_kernel():
    with misbehaving(
        "spins", Limits(image_cpu_seconds_max=0, image_wall_seconds_max=60)
    ) as sandbox:
        error = refused(probe, sandbox)
        assert (error.code, "too long" in error.message) == ("media_too_large", True)


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (b"exit", "media_unsupported"),
        (b"crash", "media_unsupported"),
        (b"raise", "media_unsupported"),
        (b"close", "media_unsupported"),
        (b"killed", "media_too_large"),  # as the kernel does when memory has run out
    ],
)
def test_a_child_that_ends_costs_its_file_and_no_other(how, code, capfd):
    with misbehaving("ends") as sandbox:
        assert probe(sandbox).width == 64
        assert refused(probe, sandbox, how).code == code
        assert probe(sandbox).width == 64
    assert capfd.readouterr() == ("", "")


def test_a_child_that_ended_between_two_jobs_is_not_missed():
    with Sandbox(1) as sandbox:
        probe(sandbox)
        (pid,) = sandbox.pids
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: is_gone(pid))
        assert probe(sandbox).width == 64
        assert pid not in sandbox.pids


def test_a_child_that_keeps_memory_is_replaced():
    with misbehaving("hoards", Limits(resident_bytes_max=64 * MIB)) as sandbox:
        probe(sandbox, b"0")
        (first,) = sandbox.pids
        probe(sandbox, b"0")
        assert sandbox.pids == [first]
        probe(sandbox, str(100 * MIB).encode())
        assert sandbox.pids == []


def test_a_child_is_replaced_after_its_last_job():
    with Sandbox(1, limits=Limits(jobs_max=2)) as sandbox:
        probe(sandbox)
        first = sandbox.pids
        probe(sandbox)
        assert (len(first), sandbox.pids) == (1, [])
        probe(sandbox)
        assert sandbox.pids != first


@pytest.mark.parametrize("memory_mib", [150, 200])
def test_what_takes_too_much_memory_is_too_large_and_the_child_lives_on(memory_mib):
    limits = Limits(memory_bytes_max=memory_mib * MIB)
    large = encoded(noise(80, 80).resize((8_000, 5_000), 0), "PNG", compress_level=1)
    with Sandbox(1, limits=limits) as sandbox:
        pids = (probe(sandbox), sandbox.pids)[1]
        error = refused(sandbox.read_image, large, tokens_max=256, timeout_s=SOON_S)
        assert (error.code, "memory" in error.message) == ("media_too_large", True)
        read_image(sandbox, GOOD)
        assert sandbox.pids == pids


def test_children_outlive_the_thread_that_first_needed_them():
    with Sandbox(1) as sandbox:
        for _ in range(2):
            thread = threading.Thread(target=probe, args=(sandbox,))
            thread.start()
            thread.join()
        (pid,) = sandbox.pids
        assert probe(sandbox).width == 64
        assert sandbox.pids == [pid]


PARENT = f"""
import sys, threading, time
sys.path.insert(0, {str(ROOT)!r})
from embeddings.media.limits import Limits
from embeddings.media.sandbox import Sandbox
sandbox = Sandbox(1, module={CHILDREN + ".hangs"!r}, limits=Limits(image_wall_seconds_max=60))
threading.Thread(target=lambda: sandbox.probe_image(b"x", timeout_s=60), daemon=True).start()
while not sandbox.pids:
    time.sleep(0.01)
print(sandbox.pids[0], flush=True)
time.sleep(60)
"""


def test_children_end_with_their_parent_even_when_it_is_killed_and_they_are_busy():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    try:
        child = int(parent.stdout.readline())
        assert not is_gone(child)
    finally:
        parent.kill()
        parent.communicate()
    wait_until(lambda: is_gone(child))


def test_many_threads_share_few_children_and_all_get_their_own_answer():
    sizes = [(40 + 8 * number, 64) for number in range(24)]
    files = [encoded(noise(*size, seed=number), "PNG") for number, size in enumerate(sizes)]
    with Sandbox(2) as sandbox, ThreadPoolExecutor(24) as threads:
        infos = list(threads.map(lambda data: probe(sandbox, data), files))
        assert [(info.width, info.height) for info in infos] == sizes
        assert 1 <= len(sandbox.pids) <= 2


def test_bad_files_beside_good_ones_harm_none_of_them():
    with misbehaving("ends", processes=2) as sandbox, ThreadPoolExecutor(8) as threads:

        def look(number):
            if number % 3:
                return probe(sandbox).width
            return refused(probe, sandbox, b"crash").code

        outcomes = list(threads.map(look, range(18)))
    assert outcomes == [64 if number % 3 else "media_unsupported" for number in range(18)]


def test_who_finds_no_free_child_in_time_is_told_so_and_not_about_the_file():
    with misbehaving("hangs", Limits(image_wall_seconds_max=30)) as sandbox:
        with ThreadPoolExecutor(1) as threads:
            busy = threads.submit(probe, sandbox)
            wait_until(lambda: sandbox.pids)
            with pytest.raises(SandboxBusy):
                probe(sandbox, timeout_s=0.01)
            sandbox.stop()
            assert isinstance(busy.exception(SOON_S), SandboxBroken)


def test_stopping_ends_what_runs_and_what_waits_and_every_child():
    with misbehaving("hangs", Limits(image_wall_seconds_max=30), processes=2) as sandbox:
        with ThreadPoolExecutor(5) as threads:
            looks = [threads.submit(probe, sandbox) for _ in range(5)]
            wait_until(lambda: len(sandbox.pids) == 2)
            pids = sandbox.pids
            sandbox.stop()
            errors = [look.exception(SOON_S) for look in looks]
        assert {type(error) for error in errors} == {SandboxBroken}
        assert all(is_gone(pid) for pid in pids)
        with pytest.raises(SandboxBroken):
            probe(sandbox)


def test_nothing_is_started_before_it_is_needed():
    before = threading.active_count()
    with Sandbox(4) as sandbox:
        assert (sandbox.pids, threading.active_count()) == ([], before)
