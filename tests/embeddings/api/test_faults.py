"""What goes wrong behind the door: the documented answer, the hold given back, nothing charged."""

import numpy as np
import pytest

from accounts import api_keys, teams
from aurous.kernel.errors import AurousError
from aurous.kernel.pump import PumpFull
from embeddings import catalog, runtime
from embeddings.engine.base import DeviceOutOfMemory, EngineBroken
from embeddings.engine.stub import StubEngine
from embeddings.models import CatalogModel
from embeddings.transport.base import Backlog
from embeddings.transport.inprocess import InProcess
from embeddings.waiters import Waiters
from tests.cast import NOBODY
from tests.embeddings.api.engine import POISON
from tests.embeddings.api.stage import (
    CAT,
    STUB,
    complaints,
    credits_of,
    meanwhile,
    stop_everything,
)


def assert_free(acme, status, code):
    """The newest request ended like this, and cost nothing."""
    event = acme.events()[0]
    assert (event["status"], event["error_code"], event["credits_charged"]) == (status, code, 0)
    assert event["duration_ms"] is not None
    assert acme.balance["held_credits"] == 0
    assert acme.credits == 1
    assert complaints() == {}


def set_backlog(monkeypatch, **numbers):
    backlog = Backlog(**({"workers": 1, "items": 0, "tokens": 0, "oldest_s": 0.0} | numbers))
    monkeypatch.setattr(InProcess, "backlog", lambda _self, _model: backlog)


# --- nobody to do it -------------------------------------------------------------------------


def test_without_a_worker_it_is_503_before_any_hold(acme, monkeypatch):
    set_backlog(monkeypatch, workers=0)
    answer = acme.embed(Idempotency_Key="k")
    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert answer.error["type"] == "server_error"
    assert answer.headers["Retry-After"] == "5"
    assert acme.events() == []
    monkeypatch.undo()
    assert acme.embed(Idempotency_Key="k").status == 200


@pytest.mark.parametrize("much", [{"tokens": 2_000_001}, {"items": 8_193}])
def test_when_too_much_waits_it_is_503_before_any_hold(acme, monkeypatch, much):
    set_backlog(monkeypatch, **much)
    answer = acme.embed()
    assert (answer.status, answer.code) == (503, "provider_overloaded")
    assert answer.headers["Retry-After"] == "2"
    assert acme.events() == []


@pytest.mark.parametrize("much", [{"tokens": 2_000_000}, {"items": 8_192}])
def test_as_much_as_may_wait_is_no_reason_to_refuse(acme, monkeypatch, much):
    set_backlog(monkeypatch, **much)
    assert acme.embed().status == 200


def test_a_full_admission_queue_is_503_before_any_hold(acme, monkeypatch):
    def full(_item):
        raise PumpFull("admission")

    acme.embed()  # the pumps are running
    monkeypatch.setattr(runtime.runtime().admissions._pump, "submit", full)
    answer = acme.embed()
    assert (answer.status, answer.code) == (503, "provider_overloaded")
    assert len(acme.events()) == 1


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (AurousError("provider_overloaded", "Full.", retry_after_s=2), 503, "provider_overloaded"),
        (
            AurousError("provider_unavailable", "Away.", retry_after_s=2),
            503,
            "provider_unavailable",
        ),
        (OSError("no route to host"), 500, "internal_error"),
    ],
)
def test_what_cannot_be_sent_to_a_worker_is_given_back_at_once(
    acme, monkeypatch, error, status, code
):
    def fail(*_args):
        raise error

    monkeypatch.setattr(InProcess, "send", fail)
    answer = acme.embed(Idempotency_Key="k")
    assert (answer.status, answer.code) == (status, code)
    assert "no route" not in answer.error["message"]
    assert_free(acme, "released", code)
    monkeypatch.undo()
    assert acme.embed(Idempotency_Key="k").status == 200


def test_a_model_that_does_not_load_is_503_free_and_tried_again(acme, monkeypatch):
    def fail(_engine):
        raise FileNotFoundError("/models/weights are gone")

    stop_everything()  # as if this were the first request
    monkeypatch.setattr(StubEngine, "warm_up", fail)
    answer = acme.embed(Idempotency_Key="k")
    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert "weights" not in answer.error["message"]
    assert_free(acme, "released", "provider_unavailable")
    monkeypatch.undo()
    assert acme.embed(Idempotency_Key="k").status == 200


def test_a_model_paused_after_the_hold_is_503_and_free(acme, monkeypatch):
    stop_everything()
    entries = CatalogModel.objects.filter(slug=STUB)
    after_the_hold(monkeypatch, lambda: (entries.update(state="paused"), catalog.forget()))
    answer = acme.embed()
    entries.update(state="active")
    catalog.forget()
    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert_free(acme, "released", "provider_unavailable")


# --- too late --------------------------------------------------------------------------------


@pytest.fixture
def hurry(settings, monkeypatch):
    """Deadlines of a second; no reaper comes to help."""
    settings.HOLD_DEADLINE_SECONDS = 1
    monkeypatch.setattr("embeddings.embedding.LATE_REPLY_SECONDS", 0.05)


def test_an_engine_that_does_not_finish_in_time_is_504_and_free(acme, hurry, gate):
    answer = acme.embed(Idempotency_Key="k")
    assert (answer.status, answer.code) == (504, "provider_timeout")
    assert answer.error["type"] == "server_error"
    assert "Nothing was charged" in answer.error["message"]
    assert_free(acme, "released", "provider_timeout")


def test_a_result_that_comes_after_the_504_is_not_charged(acme, settings, hurry, gate):
    assert acme.embed(Idempotency_Key="k").status == 504
    gate.open()  # now the engine finishes
    settings.HOLD_DEADLINE_SECONDS = 30
    answer = acme.embed(Idempotency_Key="k")  # behind it in the same queues
    assert (answer.status, answer.replayed) == (200, False)
    assert [event["status"] for event in acme.events()] == ["settled", "released"]
    assert acme.credits == 1 - credits_of(7)
    assert complaints() == {}


def test_a_request_that_waits_past_its_deadline_never_reaches_the_engine(acme, hurry, gate):
    running = meanwhile(lambda: acme.embed(CAT))
    gate.wait_for_one()
    waiting = meanwhile(lambda: acme.embed(POISON))
    assert {running.result().status, waiting.result().status} == {504}
    gate.open()
    assert_free(acme, "released", "provider_timeout")


def lose_replies(monkeypatch):
    """Requests are settled, and nobody hears of it (F4)."""
    monkeypatch.setattr(Waiters, "resolve", lambda _self, _replies: None)


def test_a_reply_lost_after_the_charge_is_found_again_by_its_key(acme, hurry, monkeypatch):
    lose_replies(monkeypatch)
    answer = acme.embed(Idempotency_Key="k")
    monkeypatch.undo()
    assert answer.status == 200
    again = acme.embed(Idempotency_Key="k")
    assert (again.content, again.replayed) == (answer.content, True)
    assert acme.credits == 1 - credits_of(7)
    assert complaints() == {}


def test_a_reply_lost_after_the_charge_is_504_and_the_charge_is_given_back(
    acme, hurry, monkeypatch
):
    lose_replies(monkeypatch)
    answer = acme.embed()
    monkeypatch.undo()
    assert (answer.status, answer.code) == (504, "provider_timeout")
    assert acme.credits == 1
    refund, usage, _ = acme.lines()
    assert (refund["kind"], usage["kind"]) == ("refund", "usage")
    assert refund["amount"] == -usage["amount"] == credits_of(7)
    assert complaints() == {}


# --- a bad input beside good ones (F17) ------------------------------------------------------


def spoil_with_nan(output, rows):
    vectors, dimensions = output
    spoiled = vectors.copy()
    spoiled[rows, 5] = np.nan
    return spoiled, dimensions


def spoil_with_half_length(output, rows):
    vectors, dimensions = output
    spoiled = vectors.copy()
    spoiled[rows] *= 0.5
    return spoiled, dimensions


def spoil_with_exception(output, rows):
    if len(rows):
        raise RuntimeError("index out of range in self")
    return output


def neighbours_of_poison(acme, gate):
    """Three requests in one batch, the second of them poisoned."""
    plug = meanwhile(lambda: acme.embed("plug"))
    gate.wait_for_one()
    asked = []
    for line, text in enumerate(("one two", POISON, "three four"), start=1):
        asked.append(meanwhile(lambda text=text: acme.embed(text)))
        gate.wait_for_line(line)
    gate.open()
    assert plug.result().status == 200
    return [future.result() for future in asked]


@pytest.mark.parametrize(
    "spoil",
    [spoil_with_nan, spoil_with_half_length, spoil_with_exception],
    ids=lambda f: f.__name__,
)
def test_a_poisoned_input_fails_alone_and_free_and_its_neighbours_succeed(
    acme, poison, request, spoil
):
    poison(spoil)
    gate = request.getfixturevalue("gate")  # in front of the poison
    before, bad, after = neighbours_of_poison(acme, gate)
    assert (before.status, bad.status, after.status) == (200, 500, 200)
    assert bad.code == "internal_error"
    assert "index out of range" not in bad.error["message"]
    by_status = [event["status"] for event in acme.events()]
    assert sorted(by_status) == ["failed", "settled", "settled", "settled"]
    assert acme.credits == 1 - credits_of(1 + 2 + 2)
    assert complaints() == {}
    assert acme.embed().status == 200  # the worker goes on


def test_an_input_too_large_for_the_devices_memory_fails_alone_and_free(acme, monkeypatch):
    finish = StubEngine.finish

    def out_of_memory(engine, output):
        results = finish(engine, output)
        return [DeviceOutOfMemory("this input alone does not fit")] * len(results)

    monkeypatch.setattr(StubEngine, "finish", out_of_memory)
    answer = acme.embed()
    assert (answer.status, answer.code) == (500, "internal_error")
    assert_free(acme, "failed", "internal_error")
    monkeypatch.undo()
    assert acme.embed().status == 200


def test_a_broken_engine_is_503_and_free(acme, monkeypatch):
    def broken(_engine, _prepared):
        raise EngineBroken("the GPU failed")

    monkeypatch.setattr(StubEngine, "forward", broken)
    answer = acme.embed()
    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "GPU" not in answer.error["message"]
    assert_free(acme, "released", "provider_unavailable")
    monkeypatch.undo()
    assert acme.embed().status == 200  # a fresh engine took its place


# --- between hold and dispatch (F15) ---------------------------------------------------------


def after_the_hold(monkeypatch, happens):
    """Have something happen between the commit of the hold and the worker."""
    send = InProcess.send

    def late(transport, model, items):
        meanwhile(happens).result()  # a process of its own, as it were
        send(transport, model, items)

    monkeypatch.setattr(InProcess, "send", late)


def test_a_key_revoked_after_the_hold_stops_its_request_for_free(acme, monkeypatch):
    key = acme.key_with()
    after_the_hold(monkeypatch, lambda: api_keys.revoke(acme.team.id, key.key_id, actor=NOBODY))
    answer = key.embed()
    assert (answer.status, answer.code) == (401, "revoked_api_key")
    monkeypatch.undo()
    assert_free(acme, "released", "revoked_api_key")


def test_a_team_suspended_after_the_hold_has_its_request_stopped_for_free(acme, monkeypatch):
    after_the_hold(monkeypatch, lambda: teams.suspend(acme.team.id, actor=NOBODY))
    answer = acme.embed()
    assert (answer.status, answer.code) == (403, "team_suspended")
    monkeypatch.undo()
    teams.resume(acme.team.id, actor=NOBODY)
    assert_free(acme, "released", "team_suspended")
