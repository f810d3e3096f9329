"""What a running stack is: its processes, and what they need."""

import json
import os

import pytest

from tests.stack.callers import MODEL, Answer, Caller
from tests.stack.harness import Stack
from tests.stack.machine import LIMIT_SECONDS, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]
WAITING = 512
CONNECTIONS_MAX = 10


def test_the_first_request_after_ready_is_answered(patient: Stack) -> None:
    assert patient.first_answer is not None
    assert patient.first_answer.status == 200


def test_the_web_process_never_loads_torch(patient: Stack) -> None:
    team = patient.create_team()
    caller = patient.caller(team)
    patient.execute("UPDATE embeddings_catalogmodel SET state = 'active'")
    try:
        # Nobody serves the real model here, but all that a web process does for it is done.
        code = wait_until(lambda: _refusal(caller), what="the catalog to be read again")
        assert code == "provider_unavailable"
        (web,) = patient.web_workers()
        libraries = {mapped.path for mapped in web.memory_maps()}
        assert not [path for path in libraries if "libtorch" in path]
        print(f"web process: {web.memory_info().rss / 2**20:.0f} MB resident")
    finally:
        patient.execute(
            "UPDATE embeddings_catalogmodel SET state = 'paused' WHERE slug <> 'aurous-stub'"
        )
        wait_until(lambda: "has paused" in _message(caller), what="the catalog again")


def _message(caller: Caller) -> str:
    return caller.embed("A sentence.", model="aurous-embed-text").body.decode()


def _refusal(caller: Caller) -> str:
    """The code, once the model may be called."""
    answer = caller.embed("A sentence.", model="aurous-embed-text")
    return "" if b"has paused" in answer.body else answer.code


def test_512_requests_wait_on_a_handful_of_database_connections(patient: Stack) -> None:
    team = patient.create_team()
    caller = patient.caller(team)
    (web,) = patient.web_workers()
    with patient.worker_stopped():
        waiting = [caller.connect() for _ in range(WAITING)]
        for number, connection in enumerate(waiting):
            caller.send(connection, f"waiting {number}")
        wait_until(
            lambda: patient.account(team).statuses.get("queued") == WAITING, what="512 holds"
        )
        connections = patient.database_connections(web)
        print(f"{WAITING} requests wait on {connections} database connections")
        assert 0 < connections <= CONNECTIONS_MAX
    answers = [caller.receive(connection) for connection in waiting]
    assert {answer.status for answer in answers} == {200}
    account = patient.settle(team)
    assert account.charges == WAITING
    assert account.charged == sum(answer.charged for answer in answers)


def test_a_batch_of_256_texts_goes_through_the_broker_and_back(patient: Stack) -> None:
    team = patient.create_team()
    caller = patient.caller(team)
    texts = [f"number {number}" for number in range(256)]

    def ask(content: object) -> Answer:
        body = {"model": MODEL, "input": content, "encoding_format": "base64"}
        return caller.post(body, version="2026-11-01")

    answer = ask(texts)
    assert answer.status == 200
    data = json.loads(answer.body)["data"]
    assert [item["index"] for item in data] == list(range(256))
    (alone,) = json.loads(ask(texts[200]).body)["data"]
    assert data[200]["embedding"] == alone["embedding"]
    account = patient.settle(team)
    assert account.charges == 2


def test_a_second_stack_is_refused_the_same_port(patient: Stack) -> None:
    """Granian would share it: each would get half of the requests."""
    with patient.log.open() as log:
        log.seek(0, os.SEEK_END)
        second = patient.python("manage.py", "stack")
        assert second.wait(LIMIT_SECONDS) != 0
        assert f"Cannot serve at 127.0.0.1:{patient.port}" in log.read()
