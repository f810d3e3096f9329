"""What goes wrong with one text of a batch goes wrong with the batch, and nothing is charged."""

import pytest

from embeddings.engine.base import EngineBroken
from embeddings.engine.stub import StubEngine
from embeddings.waiters import Waiters
from tests.embeddings.api.engine import POISON
from tests.embeddings.api.stage import CAT, complaints, credits_of, customer, meanwhile

NEW = "2026-11-01"
LONG = "word " * 200  # 200 tokens: five of them fill a pass


@pytest.fixture
def api(acme):
    acme.call("PATCH", "team", {"default_api_version": NEW})
    return acme


def assert_free(team, status, code):
    event = team.events()[0]
    assert (event["status"], event["error_code"], event["credits_charged"]) == (status, code, 0)
    assert (team.balance["held_credits"], team.credits) == (0, 1)
    assert complaints() == {}


def raise_for_poison(output, rows):
    if len(rows):
        raise RuntimeError("index out of range in self")
    return output


def halve_poison(output, rows):
    vectors, dimensions = output
    spoiled = vectors.copy()
    spoiled[rows] *= 0.5
    return spoiled, dimensions


@pytest.mark.parametrize("spoil", [raise_for_poison, halve_poison], ids=lambda f: f.__name__)
@pytest.mark.parametrize("place", [0, 40, 79])
def test_one_text_that_the_engine_cannot_do_makes_the_whole_request_free(api, poison, spoil, place):
    poison(spoil)
    texts = [LONG] * 80
    texts[place] = POISON
    answer = api.embed(texts, Idempotency_Key="k")
    assert (answer.status, answer.code) == (500, "internal_error")
    assert "index out of range" not in answer.error["message"]
    assert_free(api, "failed", "internal_error")
    texts[place] = CAT
    assert api.embed(texts, Idempotency_Key="another").status == 200
    assert api.embed(CAT, Idempotency_Key="k").status == 200  # a failure is not kept


def test_others_in_the_same_passes_are_answered(api, poison, request):
    poison(raise_for_poison)
    gate = request.getfixturevalue("gate")
    plug = meanwhile(lambda: api.embed("plug"))
    gate.wait_for_one()
    other = customer()
    bad = meanwhile(lambda: api.embed([CAT, POISON, CAT]))
    gate.wait_for_line(1)
    good = meanwhile(lambda: other.embed([CAT, CAT], Aurous_Version=NEW))
    gate.wait_for_line(2)
    gate.open()
    assert [one.result().status for one in (plug, bad, good)] == [200, 500, 200]
    assert other.credits == 1 - credits_of(14)
    assert api.credits == 1 - credits_of(1)
    assert complaints() == {}


def test_a_broken_engine_makes_the_whole_request_free_and_the_next_one_works(api, monkeypatch):
    passes = []
    forward = StubEngine.forward

    def break_in_the_third(engine, prepared):
        passes.append(1)
        if len(passes) == 3:
            raise EngineBroken("the GPU failed")
        return forward(engine, prepared)

    monkeypatch.setattr(StubEngine, "forward", break_in_the_third)
    answer = api.embed([LONG] * 50)
    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert_free(api, "released", "provider_unavailable")
    assert api.embed([LONG] * 50).status == 200


def test_a_request_of_another_team_does_not_wait_for_a_large_batch(api, gate, monkeypatch):
    plug = meanwhile(lambda: api.embed("plug"))
    gate.wait_for_one()
    large = meanwhile(lambda: api.embed([LONG] * 200))
    gate.wait_for_line(1)
    other = customer()
    small = meanwhile(lambda: other.embed(CAT))
    gate.wait_for_line(2)
    passes = record_passes(monkeypatch)
    gate.open()
    assert [one.result().status for one in (plug, large, small)] == [200, 200, 200]
    assert len(passes) >= 40
    assert 7 in passes[0]  # the tokens of the small one, in the first pass after the plug


def record_passes(monkeypatch):
    """How many tokens each input has, pass by pass."""
    seen = []
    prepare = StubEngine.prepare

    def recorded(engine, inputs):
        seen.append([len(one.token_ids) for one in inputs])
        return prepare(engine, inputs)

    monkeypatch.setattr(StubEngine, "prepare", recorded)
    return seen


# --- too late, or not heard of ---------------------------------------------------------------


@pytest.fixture
def hurry(settings, monkeypatch):
    settings.HOLD_DEADLINE_SECONDS = 1
    monkeypatch.setattr("embeddings.embedding.LATE_REPLY_SECONDS", 0.05)


def test_a_batch_that_is_not_ready_by_the_deadline_is_504_and_free_and_its_rest_is_not_computed(
    api, settings, hurry, gate, monkeypatch
):
    answer = api.embed([LONG] * 80)  # its first pass stands before the gate
    assert (answer.status, answer.code) == (504, "provider_timeout")
    assert_free(api, "released", "provider_timeout")
    settings.HOLD_DEADLINE_SECONDS = 30
    passes = record_passes(monkeypatch)
    gate.open()
    assert api.embed(CAT).status == 200  # behind it in the same queues
    assert passes == [[7]]
    assert api.credits == 1 - credits_of(7)
    assert complaints() == {}


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_a_reply_that_is_lost_after_the_charge_is_found_again_by_its_key(
    api, hurry, monkeypatch, encoding
):
    call = {"encoding_format": encoding, "Idempotency_Key": "k"}
    monkeypatch.setattr(Waiters, "resolve", lambda _self, _replies: None)
    answer = api.embed([CAT, "A dog."], **call)
    monkeypatch.undo()
    assert (answer.status, len(answer.json["data"])) == (200, 2)
    again = api.embed([CAT, "A dog."], **call)
    assert (again.content, again.replayed) == (answer.content, True)
    assert api.credits == 1 - credits_of(10)
    assert complaints() == {}


def test_a_reply_that_is_lost_without_a_key_is_504_and_given_back(api, hurry, monkeypatch):
    monkeypatch.setattr(Waiters, "resolve", lambda _self, _replies: None)
    answer = api.embed([CAT, CAT])
    monkeypatch.undo()
    assert (answer.status, answer.code) == (504, "provider_timeout")
    refund, usage, _ = api.lines()
    assert refund["amount"] == -usage["amount"] == credits_of(14)
    assert api.credits == 1
    assert complaints() == {}
