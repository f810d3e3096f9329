"""From events to deliveries."""

import json
from datetime import timedelta

import pytest
from django.db import connection, transaction

from accounts import teams
from billing.models import WebhookDelivery, WebhookEvent
from billing.webhooks import endpoints, outbox
from billing.webhooks.claims import message
from billing.webhooks.dispatch import dispatch, forget_old
from billing.webhooks.outbox import NewEvent, amount_json
from tests.billing import stage
from tests.billing.webhooks.conftest import delivery


def goes_to():
    """Which endpoints something is sent to, in no order."""
    return sorted(WebhookDelivery.objects.values_list("endpoint_id", flat=True))


def test_an_event_goes_to_the_endpoints_that_want_its_type(new_endpoint, happen):
    one = new_endpoint(events=["usage.balance_low", "topup.failed"]).endpoint
    every = new_endpoint(events=["*"]).endpoint
    new_endpoint(events=["usage.balance_exhausted"])
    happen("usage.balance_low")
    assert goes_to() == sorted([one.id, every.id])


def test_an_event_of_another_team_goes_nowhere_here(endpoint, happen):
    happen(owner=stage.a_team(name="Cleo's"))
    assert goes_to() == []


def test_a_disabled_endpoint_gets_nothing(endpoint, happen, team):
    endpoints.change(team.id, endpoint.id, actor=stage.NOBODY, disabled=True)
    happen()
    assert goes_to() == []


def test_an_event_that_nobody_wants_is_done_with(team, happen):
    happen()
    assert WebhookEvent.objects.get().dispatched_at is not None
    assert goes_to() == []


def test_dispatching_again_sends_nothing_twice(endpoint, happen):
    happen()
    assert dispatch() == 0
    assert goes_to() == [endpoint.id]


def test_a_delivery_is_due_at_once_by_the_databases_clock(clock, endpoint, happen):
    happen()
    found = delivery()
    assert found.due_at == found.created_at == clock.now
    assert (found.status, found.attempts, found.cause) == ("pending", 0, "event")


def test_the_message_is_a_whole_event_with_exact_amounts(clock, team, endpoint):
    teams.set_version(team.id, "2026-05-15", actor=stage.NOBODY)
    new = NewEvent(team.id, "topup.succeeded", {"amount": amount_json(12_345_678_900_000_001)})
    outbox.write([new], stage.now())
    dispatch()
    event = WebhookEvent.objects.get()
    assert json.loads(message(event), parse_float=str) == {
        "id": event.id,
        "object": "event",
        "type": "topup.succeeded",
        "created": int(clock.now.timestamp()),
        "api_version": "2026-05-15",
        "data": {"object": {"amount": "12345678.900000001"}},
    }


def test_the_same_mark_is_told_once(team):
    for _ in range(2):
        outbox.write([NewEvent(team.id, "topup.failed", {}, mark="m")] * 2, stage.now())
    assert WebhookEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_an_event_without_a_transaction_is_refused():
    assert not connection.in_atomic_block
    with pytest.raises(RuntimeError, match="transaction"):
        outbox.write([NewEvent("team_1", "topup.failed", {})], stage.now())
    with transaction.atomic():
        outbox.write([], stage.now())


def test_old_events_are_forgotten_with_their_deliveries(clock, settings, endpoint, happen):
    settings.WEBHOOK_LOG_DAYS = 30
    happen(times=2)
    clock.advance(days=30)
    assert forget_old() == 0
    clock.advance(seconds=1)
    happen()
    assert forget_old() == 2
    assert WebhookEvent.objects.count() == WebhookDelivery.objects.count() == 1


def test_forgetting_takes_a_bounded_number_at_a_time(clock, settings, happen):
    settings.WEBHOOK_BATCH_ROWS_MAX = 2
    happen(times=3)
    clock.advance(**{"seconds": timedelta(days=31).total_seconds()})
    assert [forget_old(), forget_old(), forget_old()] == [2, 1, 0]
