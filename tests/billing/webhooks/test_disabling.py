"""When an endpoint is given up, who is told, and how it comes back."""

import pytest

from accounts.models import AuditEvent
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.webhooks import claims, endpoints
from billing.webhooks.dispatch import dispatch
from billing.webhooks.manual import resend, send_test
from billing.webhooks.outcomes import record
from billing.webhooks.sending import Answer
from tests.billing import stage
from tests.billing.webhooks.conftest import delivery, told


@pytest.fixture
def few(settings):
    """Three failures in a row are enough."""
    settings.WEBHOOK_FAILURES_MAX = 3


def fresh(endpoint):
    return WebhookEndpoint.objects.get(pk=endpoint.pk)


def test_twenty_failures_in_a_row_disable_it(endpoint, happen, ear, deliver_all):
    ear.status = 500
    happen(times=19)
    deliver_all()
    assert (fresh(endpoint).status, fresh(endpoint).failures) == ("enabled", 19)
    happen()
    deliver_all()
    found = fresh(endpoint)
    assert (found.status, found.disabled_reason, found.failures) == ("disabled", "failures", 20)
    assert found.disabled_at is not None


def test_attempts_of_one_delivery_count_like_those_of_many(
    few, clock, endpoint, happen, ear, deliver_all
):
    ear.status = None
    happen()
    for _ in range(3):
        assert fresh(endpoint).is_enabled
        deliver_all()
        clock.advance(hours=3)
    assert fresh(endpoint).disabled_reason == "failures"


def test_a_success_starts_the_count_anew(few, endpoint, happen, ear, deliver_all):
    for status in (500, 500, 200, 500, 500):
        ear.status = status
        happen()
        deliver_all()
    assert (fresh(endpoint).status, fresh(endpoint).failures) == ("enabled", 2)


def test_what_waits_is_given_up(few, endpoint, happen, ear, deliver_all):
    ear.status = 500
    happen(times=5)
    assert deliver_all() == 3
    found = WebhookDelivery.objects.all()
    assert {row.status for row in found} == {"failed"}
    assert {row.error for row in found if not row.attempts} == {"The endpoint was disabled."}


def test_what_is_being_sent_that_moment_may_still_succeed(few, endpoint, happen):
    happen(times=2)
    first, second = claims.claim(), claims.claim()
    record(first, Answer(410))
    assert record(second, Answer(200))
    assert WebhookDelivery.objects.get(pk=second.id).status == "succeeded"
    assert not fresh(endpoint).is_enabled


def test_what_is_being_sent_that_moment_is_not_tried_again(few, endpoint, happen):
    happen(times=2)
    first, second = claims.claim(), claims.claim()
    record(first, Answer(410))
    assert record(second, Answer(500))
    assert WebhookDelivery.objects.get(pk=second.id).status == "failed"


def test_410_disables_at_once(endpoint, happen, ear, deliver_all):
    ear.status = 410
    happen()
    deliver_all()
    assert fresh(endpoint).disabled_reason == "gone"
    assert (delivery().status, delivery().attempts) == ("failed", 1)


def test_the_other_endpoints_of_the_team_are_told_and_the_audit_log(
    team, new_endpoint, happen, ear, deliver_all
):
    bad = new_endpoint(events=["topup.failed"]).endpoint
    other = new_endpoint(events=["webhook.endpoint_disabled"]).endpoint
    stranger = new_endpoint(stage.a_team(name="Cleo's")).endpoint
    ear.status = 410
    happen("topup.failed")
    deliver_all()
    assert told(team) == ["topup.failed", "webhook.endpoint_disabled"]
    happen("topup.succeeded")  # dispatches what waits
    sent_to = set(WebhookDelivery.objects.values_list("endpoint_id", flat=True))
    assert sent_to == {bad.id, other.id}
    assert stranger.id not in sent_to
    event = AuditEvent.objects.get(action="webhook_endpoint.disabled")
    assert (event.target, event.data["reason"], event.actor_kind) == (bad.id, "gone", "system")


def test_a_test_that_fails_is_not_held_against_it_and_not_repeated(
    few, team, endpoint, ear, deliver_all
):
    ear.status = 500
    for _ in range(4):
        send_test(team.id, endpoint.id)
    assert deliver_all() == 4
    assert (fresh(endpoint).status, fresh(endpoint).failures) == ("enabled", 0)
    assert {row.status for row in WebhookDelivery.objects.all()} == {"failed"}


def test_a_test_reaches_a_disabled_endpoint(team, endpoint, ear, deliver_all):
    endpoints.change(team.id, endpoint.id, actor=stage.NOBODY, disabled=True)
    send_test(team.id, endpoint.id)
    assert deliver_all() == 1
    assert b'"type":"webhook.test"' in ear.heard[0].body
    assert not fresh(endpoint).is_enabled


def test_a_resend_to_a_disabled_endpoint_is_tried_once(team, endpoint, happen, ear, deliver_all):
    ear.status = 410
    happen()
    deliver_all()
    first = delivery()
    again = resend(team.id, endpoint.id, first.id)
    ear.status = 500
    assert deliver_all() == 1
    again.refresh_from_db()
    assert (again.status, again.cause, again.event_id) == ("failed", "resend", first.event_id)


def test_a_resend_is_the_same_message_as_a_delivery_of_its_own(
    team, endpoint, happen, ear, deliver_all
):
    happen()
    deliver_all()
    resend(team.id, endpoint.id, delivery().id)
    assert deliver_all() == 1
    first, second = ear.heard
    assert (first.event_id, first.body) == (second.event_id, second.body)
    assert first.id != second.id


def test_enabling_it_again_forgives(few, team, endpoint, happen, ear, deliver_all):
    ear.status = 500
    happen(times=3)
    deliver_all()
    dispatch()
    endpoints.change(team.id, endpoint.id, actor=stage.NOBODY, disabled=False)
    found = fresh(endpoint)
    assert (found.status, found.failures, found.disabled_reason) == ("enabled", 0, "")
    happen()
    assert deliver_all() == 1
    assert fresh(endpoint).is_enabled


def test_who_disables_it_is_not_told_of_it(team, endpoint):
    endpoints.change(team.id, endpoint.id, actor=stage.NOBODY, disabled=True)
    endpoints.change(team.id, endpoint.id, actor=stage.NOBODY, disabled=True)
    assert told(team) == []
    actions = AuditEvent.objects.filter(target=endpoint.id).values_list("action", flat=True)
    assert sorted(actions) == ["webhook_endpoint.created", "webhook_endpoint.disabled"]
