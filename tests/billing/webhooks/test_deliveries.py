"""The life of a delivery on a clock of the test: attempts, waits, the end."""

from datetime import timedelta

import pytest

from aurous import metrics
from billing.models import WebhookDelivery
from billing.webhooks import claims, endpoints
from billing.webhooks.deliverer import deliver_one
from billing.webhooks.outcomes import record
from billing.webhooks.retries import ATTEMPTS_MAX, WAITS_S, wait_s
from billing.webhooks.sending import Answer
from tests.billing import stage
from tests.billing.webhooks.conftest import delivery

GOOD, BAD = Answer(200), Answer(500)


def wait_for_the_next(clock):
    """Let time pass until the delivery is due; the wait in seconds."""
    wait = (delivery().due_at - clock.now).total_seconds()
    clock.advance(seconds=wait + 0.001)  # SQLite's clock has no smaller steps
    return wait


def test_a_good_answer_ends_it(clock, endpoint, happen, ear, deliver_all):
    happen()
    assert deliver_all() == 1
    found = delivery()
    assert (found.status, found.attempts, found.due_at) == ("succeeded", 1, None)
    assert found.completed_at == found.attempted_at == clock.now
    assert (found.response_status, found.response_body, found.duration_ms) == (200, "thanks", 7)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_2xx_is_good(endpoint, happen, ear, deliver_all, status):
    ear.status = status
    happen()
    deliver_all()
    assert delivery().status == "succeeded"


@pytest.mark.parametrize("status", [None, 100, 301, 302, 400, 404, 429, 500, 503])
def test_everything_else_is_tried_again(clock, endpoint, happen, ear, deliver_all, status):
    ear.status = status
    happen()
    assert deliver_all() == 1
    found = delivery()
    assert (found.status, found.response_status, found.leased_until) == ("pending", status, None)
    assert found.due_at > clock.now


def test_eight_attempts_over_nearly_three_days_then_it_has_failed(
    clock, endpoint, happen, ear, deliver_all
):
    ear.status = 500
    happen()
    waits = []
    while delivery().status == "pending":
        if waits or delivery().attempts:
            waits.append(wait_for_the_next(clock))
        assert deliver_all() == 1
    found = delivery()
    assert (found.status, found.attempts) == ("failed", ATTEMPTS_MAX) == ("failed", 8)
    assert len(waits) == len(WAITS_S)
    for waited, planned in zip(waits, WAITS_S, strict=True):
        assert planned * 0.9 <= waited <= planned * 1.1 + 0.001
    assert len({claimed.body for claimed in ear.heard}) == 1
    assert {claimed.event_id for claimed in ear.heard} == {found.event_id}


def test_the_waits_grow_and_their_jitter_stays_within_a_tenth():
    assert list(WAITS_S) == sorted(WAITS_S)
    assert timedelta(days=2.5) < timedelta(seconds=sum(WAITS_S) * 1.1) < timedelta(days=3.3)
    assert [wait_s(1, roll) for roll in (0, 0.5, 1)] == [27, 30, 33]
    assert wait_s(ATTEMPTS_MAX, 0.5) is None


def test_it_is_not_attempted_before_it_is_due(clock, endpoint, happen, ear, deliver_all):
    ear.status = 500
    happen()
    deliver_all()
    clock.advance(seconds=26)
    assert deliver_all() == 0
    clock.advance(seconds=8)
    ear.status = 200
    assert deliver_all() == 1
    assert (delivery().status, delivery().attempts) == ("succeeded", 2)


def test_what_is_claimed_is_not_claimed_again_until_the_lease_ends(
    clock, settings, endpoint, happen
):
    happen()
    first = claims.claim()
    clock.advance(seconds=settings.WEBHOOK_LEASE_SECONDS - 1)
    assert claims.claim() is None
    clock.advance(seconds=1)
    second = claims.claim()
    assert (first.attempt, second.attempt) == (1, 2)
    assert (first.id, first.body) == (second.id, second.body)


def test_who_lost_the_lease_changes_nothing(clock, settings, endpoint, happen):
    happen()
    slow = claims.claim()
    clock.advance(seconds=settings.WEBHOOK_LEASE_SECONDS)
    quick = claims.claim()
    assert not record(slow, BAD)
    endpoint.refresh_from_db()
    assert endpoint.failures == 0
    assert record(quick, GOOD)
    assert not record(quick, BAD)
    assert not record(slow, BAD)
    assert delivery().status == "succeeded"


def test_a_sender_that_dies_between_sending_and_writing_is_followed_by_another(
    clock, settings, endpoint, happen, ear, deliver_all
):
    def dies(claimed):
        ear(claimed)
        raise KeyboardInterrupt

    happen()
    with pytest.raises(KeyboardInterrupt):
        deliver_one(dies)
    assert deliver_all() == 0
    clock.advance(seconds=settings.WEBHOOK_LEASE_SECONDS)
    assert deliver_all() == 1
    assert delivery().status == "succeeded"
    first, second = ear.heard
    assert (first.event_id, first.body) == (second.event_id, second.body)


def test_one_teams_deliveries_take_a_part_of_the_senders(settings, new_endpoint, happen, endpoint):
    other = stage.a_team(name="Cleo's")
    theirs = new_endpoint(other).endpoint
    happen(times=5)
    happen(owner=other)
    claimed = [claims.claim() for _ in range(3)]
    assert [c.endpoint_id for c in claimed] == [endpoint.id, endpoint.id, theirs.id]
    assert claims.claim() is None
    assert claims.due_count(8) == 0
    record(claimed[0], GOOD)
    assert claims.due_count(2) == 2
    assert claims.claim().endpoint_id == endpoint.id


def test_the_longest_due_comes_first(clock, new_endpoint, happen, ear, deliver_all):
    new_endpoint()
    for type_ in ("topup.failed", "usage.balance_low", "topup.succeeded"):
        happen(type_)
        clock.advance(seconds=1)
    deliver_all()
    types = [claimed.body.split(b'"type":"')[1].split(b'"')[0].decode() for claimed in ear.heard]
    assert types == ["topup.failed", "usage.balance_low", "topup.succeeded"]


def test_a_deleted_endpoint_takes_its_deliveries_along_even_while_one_is_sent(
    team, endpoint, happen
):
    happen(times=2)
    claimed = claims.claim()
    endpoints.delete(team.id, endpoint.id, actor=stage.NOBODY)
    assert not record(claimed, GOOD)
    assert claims.claim() is None
    assert not WebhookDelivery.objects.exists()


def test_attempts_are_counted_by_their_result(endpoint, happen, ear, deliver_all):
    def counted(result):
        return metrics.WEBHOOK_ATTEMPTS.labels(result)._value.get()

    before = counted("succeeded"), counted("failed")
    for status in (200, 500):
        ear.status = status
        happen()
        deliver_all()
    assert (counted("succeeded"), counted("failed")) == (before[0] + 1, before[1] + 1)
