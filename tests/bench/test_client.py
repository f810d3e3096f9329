"""The load generator counts what the server sent, and says so when that was not a 200."""

import json

import pytest

from bench.client import RequestBytes, run_load
from bench.launch import free_port
from tests.bench.scripted_server import chunked, plain, serving

BODIES = [json.dumps({"input": f"text {number}"}).encode() for number in range(5)]
ANSWER = b'{"data": []}'


def load(url, *, clients=4, bodies=BODIES, **options):
    requests = RequestBytes(url, {"Authorization": "Bearer k"}, bodies)
    return run_load(requests, clients=clients, seconds=0.2, warm_up_s=0.0, **options)


def counted_as_served(result, server):
    """All that the server answered, but for what was in flight when the window closed."""
    answered = len(server.keys)
    return answered - result.clients <= result.requests + result.failures.total() <= answered


def test_it_counts_every_answer():
    with serving(lambda _: [plain(ANSWER)]) as server:
        result = load(server.url)
    assert result.requests > 0
    assert counted_as_served(result, server)
    assert result.failure_text() == ""
    assert all(took > 0 for took in result.latencies_s)
    assert result.percentile_ms(50) <= result.percentile_ms(99)


def test_every_request_has_a_key_of_its_own_and_the_bodies_take_turns():
    with serving(lambda _: [plain(ANSWER)]) as server:
        load(server.url)
        load(server.url)
    assert len(set(server.keys)) == len(server.keys)
    assert set(server.bodies) == set(BODIES)


def test_one_client_has_one_request_outstanding():
    with serving(lambda _: [plain(ANSWER)]) as server:
        result = load(server.url, clients=1)
        first = len(server.keys)
    assert first - 1 <= result.requests <= first
    assert server.bodies[: len(BODIES)] == BODIES


SHAPES = {
    "byte by byte": [bytes([byte]) for byte in plain(ANSWER)],
    "in chunks": [chunked(ANSWER[:3], ANSWER[3:])],
    "chunks byte by byte": [bytes([byte]) for byte in chunked(ANSWER)],
    "larger than one read": [plain(b"x" * 700_000)],
}


@pytest.mark.parametrize("shape", SHAPES)
def test_it_reads_answers_of_any_shape(shape):
    with serving(lambda _: SHAPES[shape]) as server:
        result = load(server.url)
    assert result.requests > 0
    assert result.failure_text() == ""
    assert counted_as_served(result, server)


def test_answers_that_are_not_200_are_counted_by_status_and_shown():
    def script(number):
        return [plain(b"slow down", "429 Too Many")] if number % 3 == 0 else [plain(ANSWER)]

    with serving(script) as server:
        result = load(server.url)
    refused = len(range(0, len(server.keys), 3))
    assert result.failures == {"429": refused}
    assert result.failure_text() == f"{refused} × 429"
    assert result.failure_example == "slow down"
    assert counted_as_served(result, server)


def test_a_server_that_closes_after_each_answer_is_connected_to_again():
    with serving(lambda _: [plain(ANSWER, extra="Connection: close\r\n")]) as server:
        result = load(server.url)
    assert result.requests > result.clients
    assert result.failure_text() == ""


def test_a_server_that_hangs_up_without_an_answer_is_reported():
    with serving(lambda number: None if number % 2 else [plain(ANSWER)]) as server:
        result = load(server.url)
    lost = {kind for kind in result.failures if "closed" in kind or "Connection" in kind}
    assert result.failures.total() > 0
    assert set(result.failures) == lost
    assert result.requests > 0


def test_an_answer_that_is_not_http_is_reported():
    with serving(lambda _: [b"what?\r\n\r\n"]) as server:
        result = load(server.url)
    assert result.requests == 0
    assert set(result.failures) == {"BadResponseError"}


def test_a_server_that_is_not_there_is_reported():
    result = load(f"http://127.0.0.1:{free_port()}/")
    assert result.requests == 0
    assert result.failures == {"connect ConnectionRefusedError": 4}


def test_a_request_that_does_not_fit_the_socket_is_sent_whole():
    large = [b"y" * 9_000_000]
    with serving(lambda _: [plain(ANSWER)]) as server:
        result = load(server.url, clients=2, bodies=large)
    assert result.failure_text() == ""
    assert {len(body) for body in server.bodies} == {9_000_000}


def test_the_cpu_clock_is_read_at_both_ends_of_the_window():
    readings = iter([1.0, 3.5])
    with serving(lambda _: [plain(ANSWER)]) as server:
        result = load(server.url, cpu_seconds=lambda: next(readings))
    assert result.cpu_s == 2.5
    assert result.cpu_s_per_thousand == pytest.approx(2500 / result.requests)
    assert result.client_cpu_s > 0
