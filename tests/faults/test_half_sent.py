"""The way to the worker breaks in the middle: what was sent all the same counts."""

from typing import Any

import pytest
from django.test import Client

from aurous import health
from embeddings import runtime
from embeddings.transport.base import Backlog
from embeddings.transport.celery import OverCelery, broker_away
from embeddings.transport.inprocess import InProcess
from embeddings.waiters import Waiters
from tests.embeddings.api.stage import Customer, complaints, until


def test_a_message_that_arrived_although_sending_it_failed_is_answered(
    acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal would say that nothing was charged, and the worker has settled it."""
    whole = InProcess.send

    def half(self: InProcess, model: str, items: Any) -> None:
        whole(self, model, items)
        until(lambda: acme.events()[0]["status"] == "settled")
        raise broker_away()

    runtime.runtime()  # the transport is made before its method is exchanged
    monkeypatch.setattr(InProcess, "send", half)
    answer = acme.embed()
    assert answer.status == 200
    assert [event["status"] for event in acme.events()] == ["settled"]
    assert acme.balance["held_credits"] == 0
    assert complaints() == {}


def test_a_message_that_was_not_sent_is_refused_and_costs_nothing(
    acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise broker_away()

    monkeypatch.setattr(InProcess, "send", fail)
    answer = acme.embed()
    assert (answer.status, answer.code) == (503, "provider_unavailable")
    assert [event["status"] for event in acme.events()] == ["released"]
    assert acme.credits == 1
    assert complaints() == {}


def test_a_canary_that_nobody_answers_is_forgotten(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Probes come every second: each one that stayed would stay for ever."""
    settings.REDIS_URL = "redis://127.0.0.1:1"  # nobody is there
    monkeypatch.setattr(OverCelery, "_publish", lambda *_: None)
    waiters = Waiters()
    transport = OverCelery(waiters)
    canary = transport.canary("aurous-stub")
    assert len(waiters) == 1
    assert health._state(canary, 0) == "no worker answers"
    assert len(waiters) == 0
    transport.stop()


def test_readiness_is_red_without_a_worker(acme: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InProcess, "backlog", lambda *_: Backlog(0, 0, 0, 0.0))
    monkeypatch.setattr(health, "_checked", health._Checked())  # nothing is remembered
    response = Client().get("/health/ready")
    assert response.status_code == 503
    assert response.json()["parts"]["aurous-stub"] == "no worker"
