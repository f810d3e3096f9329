"""An operator sends a webhook again; the team's audit log says so."""

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent
from billing.models import WebhookDelivery
from tests.admin.acting import confirm
from tests.admin.conftest import url
from tests.admin.test_stripe_pages import once
from tests.cast import person

REASON = "Their endpoint was down"


@pytest.fixture
def delivery(happened):
    return WebhookDelivery.objects.first()


@pytest.fixture
def page(delivery):
    return url(WebhookDelivery, "resend", delivery.pk)


def test_it_is_sent_again_once(desk, delivery, page, boss):
    assert page in desk.get(url(WebhookDelivery, "change", delivery.pk)).text
    before = WebhookDelivery.objects.count()
    assert desk.post(page, {"reason": ""}).status_code == 200
    sent = {"reason": REASON, "once": once(desk, page)}
    for _ in range(2):
        assert desk.post(page, sent).status_code == 302
    assert WebhookDelivery.objects.count() == before + 1
    made = WebhookDelivery.objects.latest("pk")
    assert (made.event_id, made.status) == (delivery.event_id, "pending")
    told = AuditEvent.objects.get(action="webhook_delivery.resent")
    assert (told.team_id, told.actor_label) == (delivery.team_id, boss.email)
    assert told.data["reason"] == REASON


def test_a_queue_that_is_full_says_so(desk, page, settings):
    settings.WEBHOOK_MANUAL_PENDING_MAX = 0
    assert "are not done yet" in desk.post(page, {"reason": REASON}).text
    assert not AuditEvent.objects.filter(action="webhook_delivery.resent").exists()


def test_without_the_right_nobody_sends(client, page):
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_webhookdelivery"))
    client.force_login(helper)
    confirm(client)
    assert client.get(page).status_code == client.post(page, {"reason": REASON}).status_code == 403
