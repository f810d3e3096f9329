"""Passes of the deliverer, with threads, commits and connections of their own."""

import threading
from collections import Counter

import pytest
from django.db import connection

from billing.models import WebhookDelivery, WebhookEvent
from billing.tasks import deliver_webhooks_task
from billing.webhooks import deliverer, endpoints, outcomes
from billing.webhooks.deliverer import deliver_one, run_pass
from billing.webhooks.dispatch import dispatch
from billing.webhooks.sending import Answer
from tests.billing import stage
from tests.billing.webhooks.customer import URL
from tests.concurrency.crowd import at_once
from tests.kernel.outbound.servers import Server, answers, ok

pytestmark = pytest.mark.django_db(transaction=True)
EVENTS = 8


@pytest.fixture
def team(transactional_db):
    return stage.a_team(stage.CREDIT)


def tell(team, times=1):
    """Events by their real cause: requests that are refused for want of credit."""
    for _ in range(times):
        stage.refused(team, 10**9)
        stage.grant(team, 1)


def an_endpoint(team, url=URL):
    return endpoints.create(team.id, url=url, events=["*"], actor=stage.NOBODY).endpoint


def statuses():
    return Counter(WebhookDelivery.objects.values_list("status", flat=True))


def test_a_pass_sends_what_happened_to_a_real_server(team, settings):
    server = Server(answers(ok(b"")))
    try:
        settings.AUROUS_WEBHOOK_DEV_HOSTS = [f"127.0.0.1:{server.port}"]
        an_endpoint(team, f"http://127.0.0.1:{server.port}/in")
        tell(team, 3)
        assert run_pass() == 3
        assert run_pass() == 0
        assert statuses() == {"succeeded": 3}
        assert server.connections == 3
    finally:
        server.stop()


def test_the_task_is_a_pass(team, monkeypatch):
    an_endpoint(team)
    tell(team)
    monkeypatch.setattr(deliverer, "attempt", lambda _: Answer(200))
    deliver_webhooks_task()
    assert statuses() == {"succeeded": 1}


def test_no_sender_holds_a_connection_while_it_waits(team, monkeypatch):
    an_endpoint(team)
    tell(team)
    held = []

    def attempt(_claimed):
        held.append(connection.connection)
        return Answer(200)

    monkeypatch.setattr(deliverer, "attempt", attempt)
    assert run_pass() == 1
    assert held == [None]


def test_a_process_makes_one_pass_at_a_time(team, monkeypatch):
    an_endpoint(team)
    tell(team)
    second = []

    def attempt(_claimed):
        second.append(run_pass())
        return Answer(200)

    monkeypatch.setattr(deliverer, "attempt", attempt)
    assert run_pass() == 1
    assert second == [0]
    assert run_pass() == 0  # and it can make another one afterwards


def test_a_pass_that_is_not_wanted_any_more_begins_nothing(team, settings, monkeypatch):
    settings.WEBHOOK_SENDERS_MAX = 1
    an_endpoint(team)
    tell(team, 3)
    wanted = [True]

    def attempt(_claimed):
        wanted.clear()
        return Answer(200)

    monkeypatch.setattr(deliverer, "attempt", attempt)
    assert run_pass(lambda: bool(wanted)) == 1
    assert statuses() == {"succeeded": 1, "pending": 2}


def test_a_sender_that_breaks_leaves_the_delivery_for_later(team, monkeypatch):
    an_endpoint(team)
    tell(team)
    monkeypatch.setattr(deliverer, "attempt", lambda _: Answer(200))
    monkeypatch.setattr(deliverer, "record", lambda *_: 1 / 0)
    assert run_pass() == 0
    monkeypatch.setattr(deliverer, "record", outcomes.record)
    WebhookDelivery.objects.update(due_at=stage.LONG_AGO, leased_until=stage.LONG_AGO)
    assert run_pass() == 1
    assert statuses() == {"succeeded": 1}


def test_many_deliverers_never_send_one_delivery_at_the_same_time(team, settings):
    settings.WEBHOOK_TEAM_SENDERS_MAX = EVENTS
    an_endpoint(team)
    tell(team, EVENTS)
    at_once([dispatch] * 4)
    assert WebhookDelivery.objects.count() == EVENTS
    guard, running, sent, together = threading.Lock(), Counter(), Counter(), []

    def send(claimed):
        with guard:
            running[claimed.id] += 1
            together.append(running[claimed.id])
            sent[claimed.id] += 1
        failed = sent[claimed.id] == 1 and claimed.id[-1] < "G"
        with guard:
            running[claimed.id] -= 1
        return Answer(500 if failed else 200)

    def deliver():
        while deliver_one(send):
            pass

    at_once([deliver] * 6)
    assert set(together) == {1}
    assert set(sent.values()) == {1}
    assert len(sent) == EVENTS
    assert statuses()["succeeded"] + statuses()["pending"] == EVENTS
    WebhookDelivery.objects.filter(status="pending").update(due_at=stage.LONG_AGO)
    at_once([deliver] * 6)
    assert statuses() == {"succeeded": EVENTS}
    assert stage.complaints() == {}


def test_many_dispatchers_make_each_delivery_once(team):
    for _ in range(3):
        an_endpoint(team)
    tell(team, EVENTS)
    at_once([dispatch] * 6)
    assert not WebhookEvent.objects.filter(dispatched_at=None).exists()
    assert WebhookDelivery.objects.count() == 3 * EVENTS


def test_a_crowd_of_refusals_is_told_once(team):
    at_once([lambda: stage.take(stage.request(team, 10**9))] * 16)
    assert WebhookEvent.objects.count() == 1
    assert stage.complaints() == {}


def test_two_at_once_cannot_both_take_the_last_place(team, settings):
    settings.WEBHOOK_ENDPOINTS_MAX = 1
    answers_ = at_once([lambda: an_endpoint(team)] * 4)
    assert len([a for a in answers_ if not isinstance(a, Exception)]) == 1
