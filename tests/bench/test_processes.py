"""Started processes are counted while they run, and none is left."""

import os
import socket
import sys

import pytest

from bench.cpu import (
    ancestor_below,
    command_line,
    cpu_clock,
    family,
    processes,
    resident_mb,
    seconds_since_start,
)
from bench.launch import LaunchError, Server, answers, free_port, responds
from bench.sockets import connections_to, listening_pids
from tests.bench.scripted_server import plain, serving

# A parent that starts a child in a session of its own; both stay until they are ended.
FAMILY = """
import subprocess, sys, time
waits = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(waits, start_new_session=True)
print("READY", child.pid, flush=True)
time.sleep(600)
"""
DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("READY", flush=True)
time.sleep(600)
"""


@pytest.fixture(autouse=True)
def logs_go_to_a_folder_of_the_test(tmp_path, monkeypatch):
    monkeypatch.setattr("bench.launch.LOGS", tmp_path)


def started(code):
    server = Server("test", [sys.executable, "-c", code])
    server.wait_until(lambda: server.said("READY"), limit_s=30)
    return server


def alive(pid):
    return any(process.pid == pid and not process.ended for process in processes())


def test_a_stop_leaves_no_descendant():
    server = started(FAMILY)
    child = int(server.log.read_text().split()[1])
    assert {process.pid for process in family(server.pid, processes())} == {server.pid, child}
    assert server.stop(grace_s=0.0) == 1
    assert not alive(server.pid)
    assert not alive(child)


def test_a_process_that_does_not_listen_is_killed():
    server = started(DEAF)
    assert server.stop(limit_s=0.1, grace_s=0.0) == 1
    assert not alive(server.pid)


def test_an_interrupted_stop_still_leaves_nothing(monkeypatch):
    server = started(DEAF)
    waits = iter([KeyboardInterrupt(), None])
    wait = server.process.wait

    def interrupted(timeout=None):
        if error := next(waits):
            raise error
        return wait(timeout)

    monkeypatch.setattr(server.process, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        server.stop()
    assert not alive(server.pid)


def test_a_server_that_ends_before_it_is_ready_says_why():
    server = Server("test", [sys.executable, "-c", "raise SystemExit('no weights')"])
    with pytest.raises(LaunchError, match="ended with 1: no weights"):
        server.wait_until(lambda: False, limit_s=30)
    assert server.stop() == 0


def test_a_server_that_takes_too_long_is_given_up():
    server = started(DEAF)
    with pytest.raises(LaunchError, match="not ready in 0 s"):
        server.wait_until(lambda: False, limit_s=0.0)
    server.stop(limit_s=0.0, grace_s=0.0)


def test_the_cpu_clock_of_this_process_moves():
    read = cpu_clock(os.getpid())
    before = read()
    total = 0
    while read() == before:
        total += sum(range(10_000))
    assert read() > before


def test_this_process_has_a_size_and_a_command_line():
    assert resident_mb(os.getpid()) > 5
    assert "py" in command_line(os.getpid())
    assert (resident_mb(0), command_line(0)) == (0.0, "")


def test_a_descendant_is_traced_to_the_child_it_came_from():
    server = started(FAMILY)
    child = int(server.log.read_text().split()[1])
    assert ancestor_below(os.getpid(), child) == server.pid
    assert ancestor_below(server.pid, child) == child
    assert ancestor_below(child, os.getpid()) == os.getpid()
    assert 0 < seconds_since_start(child) <= seconds_since_start(server.pid) + 0.02
    assert seconds_since_start(os.getpid()) > seconds_since_start(server.pid)
    server.stop(grace_s=0.0)


def test_sockets_are_found_by_their_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert listening_pids(port, [os.getpid()]) == [os.getpid()]
        with socket.create_connection(("127.0.0.1", port)):
            assert connections_to(port, os.getpid()) == 1
    assert listening_pids(port, [os.getpid()]) == []


def test_an_error_is_an_answer_but_not_a_good_one():
    with serving(lambda _: [plain(b"", "404 Not Found")]) as server:
        assert responds(server.url)
        assert not answers(server.url)
    nobody = f"http://127.0.0.1:{free_port()}/"
    assert not responds(nobody)
    assert not answers(nobody)
