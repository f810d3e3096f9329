"""One endpoint: its log, and what is done to it."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from billing.models import WebhookDelivery, WebhookEndpoint, WebhookSecret
from billing.webhooks import endpoints, manual, outbox
from billing.webhooks.dispatch import dispatch
from billing.webhooks.outbox import NewEvent
from tests.billing import stage
from tests.cast import NOBODY
from tests.pages.browsers import browser_of, browsers_of, queries_of, words
from tests.pages.rows import new_endpoint

MAY = {"owner", "admin", "developer"}
FAILED = {"status": "failed", "due_at": None, "attempts": 8, "response_status": 503}


@pytest.fixture
def endpoint(cast):
    return new_endpoint(cast.acme.id).endpoint


@pytest.fixture
def to(cast, endpoint):
    """The address of a page of the endpoint."""
    return lambda name, *ids: reverse(name, args=[cast.acme.id, endpoint.id, *ids])


def happen(team, times=1, type_="usage.balance_low"):
    outbox.write(
        [NewEvent(team.id, type_, {"object": "balance", "credits": 9})] * times, stage.now()
    )
    dispatch()


def end(**fields):
    WebhookDelivery.objects.update(completed_at=stage.now(), attempted_at=stage.now(), **fields)


def test_the_log_tells_what_came_of_each(ada, cast, to):
    assert "Nothing was sent yet" in words(ada.get(to("webhooks-one")))
    happen(cast.acme)
    assert "usage.balance_low" in words(ada.get(to("webhooks-one")))
    assert "On its way 0 –" in words(ada.get(to("webhooks-one")))
    WebhookDelivery.objects.update(
        attempts=2, error="No answer.", due_at=stage.now() + timedelta(hours=2)
    )
    assert "To be tried again 2 No answer." in words(ada.get(to("webhooks-one")))
    end(**FAILED)
    assert "Failed 8 503" in words(ada.get(to("webhooks-one")))


def test_the_log_is_narrowed_by_state_and_event(ada, cast, to):
    happen(cast.acme)
    end(**FAILED)
    happen(cast.acme, type_="key.limit_reached")

    def shown(**query):
        return [row.event.type for row in ada.get(to("webhooks-one"), query).context["page"].rows]

    assert shown() == ["key.limit_reached", "usage.balance_low"]
    assert shown(state="failed") == ["usage.balance_low"]
    assert shown(event="key.limit_reached") == ["key.limit_reached"]
    assert shown(state="failed", event="key.limit_reached") == []
    assert shown(state="nonsense", event="\x00") == ["key.limit_reached", "usage.balance_low"]
    empty = ada.get(to("webhooks-one"), {"state": "succeeded"})
    assert "Nothing fits these filters" in words(empty)


def test_the_log_is_paged_without_a_hole(ada, cast, to):
    happen(cast.acme, times=60)
    found, url = [], to("webhooks-one")
    while url:
        page = ada.get(url)
        found += [row.id for row in page.context["page"].rows]
        more = re.search(r'rel="next" href="(\?[^"]*)"', page.text)
        url = to("webhooks-one") + more[1].replace("&amp;", "&") if more else None
    assert len(found) == 60
    assert found == sorted(found, reverse=True)
    damaged = ada.get(to("webhooks-one"), {"cursor": "nonsense"})
    assert damaged.context["page"].first


def test_many_rows_take_as_many_queries(ada, cast, to):
    happen(cast.acme)
    ada.get(to("webhooks-one"))
    before = queries_of(ada, to("webhooks-one"))
    happen(cast.acme, times=24)
    assert queries_of(ada, to("webhooks-one")) == before <= 14


def test_only_what_moves_is_asked_for_again(ada, cast, to):
    happen(cast.acme)
    assert "hx-trigger" in ada.get(to("webhooks-one")).text
    end(**FAILED)
    assert "hx-trigger" not in ada.get(to("webhooks-one")).text


def test_a_delivery_shows_the_message_and_the_answer(ada, cast, to):
    happen(cast.acme)
    end(**FAILED, response_body="<b>Down</b>", duration_ms=1204)
    row = WebhookDelivery.objects.get()
    page = ada.get(to("webhooks-delivery", row.id))
    text = words(page)
    assert "Attempts 8 of at most 8" in text
    assert "1,204 ms" in text
    assert "&lt;b&gt;Down&lt;/b&gt;" in page.text
    assert f'"id":"{row.event_id}"' in text


def test_a_test_and_a_resend_begin_a_delivery(ada, cast, to):
    assert ada.post(to("webhooks-test"))["Location"] == to("webhooks-one")
    first = WebhookDelivery.objects.get()
    assert (first.cause, first.event.type) == ("test", "webhook.test")
    happen(cast.acme)
    told = WebhookDelivery.objects.get(cause="event")
    answer = ada.post(to("webhooks-resend", told.id))
    again = WebhookDelivery.objects.get(cause="resend")
    assert again.event_id == told.event_id
    assert answer["Location"] == to("webhooks-delivery", again.id)


def test_too_many_tests_are_refused_in_words(ada, cast, endpoint, to, settings):
    settings.WEBHOOK_MANUAL_PENDING_MAX = 1
    waiting = manual.send_test(cast.acme.id, endpoint.id)
    for url in (to("webhooks-test"), to("webhooks-resend", waiting.id)):
        assert "Wait until some are." in ada.post(url, follow=True).text
    assert WebhookDelivery.objects.count() == 1


def test_disabling_and_enabling(ada, endpoint, to):
    ada.post(to("webhooks-state"), {"state": "disabled"})
    endpoint.refresh_from_db()
    assert (endpoint.status, endpoint.disabled_reason) == ("disabled", "requested")
    page = ada.get(to("webhooks-one"))
    assert "Somebody of the team disabled it." in words(page)
    ada.post(to("webhooks-state"), {"state": "enabled"})
    endpoint.refresh_from_db()
    assert endpoint.is_enabled


def test_failures_and_their_end_are_warned_of(ada, endpoint, to):
    WebhookEndpoint.objects.update(failures=1)
    assert "1 attempt in a row failed. At 20 the endpoint" in words(ada.get(to("webhooks-one")))
    WebhookEndpoint.objects.update(
        status="disabled", disabled_reason="gone", disabled_at=stage.now()
    )
    assert "It answered 410" in words(ada.get(to("webhooks-one")))


def test_rolling_asks_who_it_is_and_shows_the_secret_once(ada, cast, endpoint, to):
    assert "reauthenticate" in ada.post(to("webhooks-roll"), {"overlap_hours": 1})["Location"]
    assert WebhookSecret.objects.count() == 1
    page = browser_of(cast.ada, fresh=True).post(to("webhooks-roll"), {"overlap_hours": 1})
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    assert page.text.count("whsec_") == 1
    old, new = WebhookSecret.objects.order_by("id")
    assert new.expires_at is None
    assert timedelta(minutes=59) < old.expires_at - stage.now() <= timedelta(hours=1)
    assert "An older one until" in words(ada.get(to("webhooks-one")))
    wrong = browser_of(cast.ada, fresh=True).post(to("webhooks-roll"), {"overlap_hours": 5})
    assert wrong.context["form"].errors.keys() == {"overlap_hours"}
    assert WebhookSecret.objects.count() == 2


def test_deleting_asks_who_it_is_and_for_the_host(ada, cast, endpoint, to):
    assert "hooks.acme.example" in words(ada.get(to("webhooks-delete")))
    sent = {"host": "Hooks.acme.example"}
    assert "reauthenticate" in ada.post(to("webhooks-delete"), sent)["Location"]
    fresh = browser_of(cast.ada, fresh=True)
    wrong = fresh.post(to("webhooks-delete"), {"host": "acme.example"})
    assert "Type hooks.acme.example to delete this endpoint." in words(wrong)
    assert WebhookEndpoint.objects.exists()
    gone = fresh.post(to("webhooks-delete"), sent)
    assert gone["Location"] == reverse("webhooks", args=[cast.acme.id])
    assert not WebhookEndpoint.objects.exists()


def test_roles_are_refused_where_they_must_be(cast, endpoint, to):
    happen(cast.acme)
    told = WebhookDelivery.objects.get().id
    for role, browser in browsers_of(cast).items():
        assert browser.get(to("webhooks-one")).status_code == 200
        shown = to("webhooks-resend", told) in browser.get(to("webhooks-delivery", told)).text
        assert shown is (role in MAY)
        answers = [
            browser.post(to(name, *ids)).status_code
            for name, *ids in (
                ("webhooks-test",),
                ("webhooks-state",),
                ("webhooks-roll",),
                ("webhooks-delete",),
                ("webhooks-edit",),
                ("webhooks-resend", told),
            )
        ]
        assert (403 in answers) is (role not in MAY)
        if role not in MAY:
            assert set(answers) == {403}


def test_another_teams_endpoint_is_not_there(ada, cast):
    theirs = new_endpoint(cast.cleos.id).endpoint
    mine = new_endpoint(cast.acme.id).endpoint
    delivery = manual.send_test(cast.cleos.id, theirs.id)
    for url in (
        reverse("webhooks-one", args=[cast.acme.id, theirs.id]),
        reverse("webhooks-one", args=[cast.cleos.id, theirs.id]),
        reverse("webhooks-delivery", args=[cast.acme.id, mine.id, delivery.id]),
    ):
        assert ada.get(url).status_code == 404
    url = reverse("webhooks-state", args=[cast.acme.id, theirs.id])
    assert ada.post(url, {"state": "disabled"}).status_code == 404
    endpoints.change(cast.cleos.id, theirs.id, actor=NOBODY, description="still there")
