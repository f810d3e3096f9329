"""Credit that has not begun is taken back by who may correct credit, and only until then."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from accounts.models import AuditEvent
from billing.models import ScheduledGrant
from tests.admin.acting import asks_who_it_is, confirm
from tests.admin.conftest import url
from tests.billing import stage
from tests.billing.stage import CREDIT
from tests.cast import person

WORDS = {"reason": "Promised to the wrong team"}


@pytest.fixture
def promised(cast):
    stage.grant(cast.acme, 5 * CREDIT, effective_at=stage.now() + timedelta(days=3))
    return ScheduledGrant.objects.get()


@pytest.fixture
def page(promised):
    return url(ScheduledGrant, "cancel", promised.pk)


@pytest.fixture
def desk(desk):
    confirm(desk)
    return desk


def test_it_asks_who_it_is_and_then_takes_it_back(desk, cast, promised, page, boss):
    assert page in desk.get(url(ScheduledGrant, "change", promised.pk)).text
    assert "5 credits for Acme" in desk.get(page).text

    def waits():
        promised.refresh_from_db()
        return promised.cancelled_at is None

    assert "It never begins." in asks_who_it_is(desk, page, WORDS, waits).text
    assert not waits()
    event = AuditEvent.objects.get(action="grant.cancelled")
    assert (event.team, event.actor_label) == (cast.acme, boss.email)
    assert event.data == {"credits": "5"} | WORDS
    assert desk.post(page, WORDS).status_code == 403, "it is taken back already"
    assert stage.complaints() == {}


def test_it_needs_a_reason(desk, page, promised):
    assert desk.post(page, {"reason": "short"}).status_code == 200
    promised.refresh_from_db()
    assert promised.cancelled_at is None


def test_without_the_right_nobody_takes_it_back(client, page):
    helper = person("helper@aurous.example", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename="view_scheduledgrant"))
    client.force_login(helper)
    confirm(client)
    assert client.get(page).status_code == client.post(page, WORDS).status_code == 403
