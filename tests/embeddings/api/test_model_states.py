"""A model that is taken out of service: nobody new is let in, nobody is charged for nothing."""

import pytest

from embeddings import catalog
from embeddings.model_states import set_state
from embeddings.models import CatalogModel
from tests.cast import NOBODY
from tests.embeddings.api.stage import STUB, complaints, meanwhile, stop_everything
from tests.embeddings.api.test_faults import after_the_hold, assert_free

State = CatalogModel.State


def to(state, **more):
    set_state(STUB, state, actor=NOBODY, reason="a new disk", **more)


@pytest.fixture(autouse=True)
def active_again(platform):
    yield
    to(State.ACTIVE)


def test_a_draining_model_answers_what_was_let_in_and_refuses_new_ones_free_of_charge(acme, gate):
    first = meanwhile(acme.embed)
    gate.wait_for_one()
    second = meanwhile(acme.embed)
    gate.wait_for_line(1)
    to(State.DRAINING, notice="Back at 14:00 UTC.", retry_after_s=600)
    refused = acme.embed()
    assert (refused.status, refused.code) == (503, "provider_unavailable")
    assert refused.headers["Retry-After"] == "600"
    assert "taking it out of service. Back at 14:00 UTC. Nothing was" in refused.error["message"]
    assert len(acme.events()) == 2  # the third was never held
    gate.open()
    assert [one.result().status for one in (first, second)] == [200, 200]
    assert {event["status"] for event in acme.events()} == {"settled"}
    assert acme.balance["held_credits"] == 0
    assert complaints() == {}


def test_what_was_let_in_is_answered_by_a_worker_that_starts_while_it_drains(acme, monkeypatch):
    stop_everything()
    after_the_hold(monkeypatch, lambda: to(State.DRAINING))
    assert acme.embed().status == 200
    assert acme.events()[0]["status"] == "settled"


def test_a_paused_model_gives_back_what_no_worker_has(acme, monkeypatch):
    assert acme.embed().status == 200  # its worker is there
    before = acme.credits
    after_the_hold(monkeypatch, lambda: to(State.PAUSED, notice="A disk is full."))
    answer = acme.embed()
    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert "A disk is full." in answer.error["message"]
    assert acme.events()[0]["error_code"] == "provider_unavailable"
    assert acme.credits == before
    assert complaints() == {}


def test_what_a_worker_has_is_answered_although_it_is_paused(acme, gate):
    running = meanwhile(acme.embed)
    gate.wait_for_one()
    to(State.PAUSED)
    gate.open()
    assert running.result().status == 200


def test_estimates_are_refused_too_and_it_is_not_listed(acme):
    to(State.DRAINING)
    assert acme.get(f"models/{STUB}").code == "model_not_found"
    assert acme.embed().code == "provider_unavailable"
    to(State.ACTIVE)
    assert acme.get(f"models/{STUB}").status == 200
    assert acme.embed().status == 200


def test_other_processes_know_within_five_seconds(acme, monkeypatch, settings):
    assert settings.CATALOG_CACHE_SECONDS <= 5
    assert acme.embed().status == 200
    seconds = catalog.time.monotonic()
    CatalogModel.objects.filter(slug=STUB).update(state="draining")  # as another process does
    monkeypatch.setattr(catalog.time, "monotonic", lambda: seconds + 5)
    assert acme.embed().code == "provider_unavailable"


def test_a_refusal_is_each_callers_own(acme, monkeypatch):
    to(State.PAUSED)
    make = catalog.refusal_of_waiting(STUB)
    assert make() is not make()
    to(State.DRAINING)
    assert catalog.refusal_of_waiting(STUB) is None
    assert catalog.refusal_of_waiting("nothing") is None
    assert catalog.loadable_entry(STUB).slug == STUB


def test_a_request_refused_while_paused_is_free(acme):
    to(State.PAUSED)
    assert acme.embed().status == 503
    to(State.ACTIVE)
    assert acme.embed(Idempotency_Key="k").status == 200


def test_a_hold_that_is_given_back_leaves_nothing(acme, monkeypatch):
    stop_everything()
    after_the_hold(monkeypatch, lambda: to(State.PAUSED))
    acme.embed()
    assert_free(acme, "released", "provider_unavailable")
