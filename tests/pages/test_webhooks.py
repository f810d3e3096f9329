"""The list of endpoints, a new one, and its settings."""

import pytest
from django.urls import reverse

from accounts.models import AuditEvent
from billing.models import WebhookEndpoint, WebhookSecret
from billing.pages.webhook_words import EVENTS
from billing.webhooks.event_types import EventType
from tests.billing.webhooks.customer import snippet
from tests.pages.browsers import browsers_of, queries_of, words
from tests.pages.rows import new_endpoint

URL = "https://hooks.acme.example/aurous"
MAY = {"owner", "admin", "developer"}


@pytest.fixture
def to(cast):
    """The address of a page of Acme's."""
    return lambda name, *ids: reverse(name, args=[cast.acme.id, *ids])


def test_every_event_has_a_sentence():
    assert list(EVENTS) == EventType.values
    assert all(sentence.endswith(".") for sentence in EVENTS.values())


def test_without_endpoints_the_next_step_is_told(ada, to):
    page = ada.get(to("webhooks"))
    assert "No endpoint yet" in words(page)
    assert to("webhooks-new") in page.text
    assert snippet("python").strip()[:60] in page.text


def test_endpoints_are_listed_with_their_state(ada, cast, to):
    new_endpoint(cast.acme.id, description="On call")
    tired = new_endpoint(cast.acme.id, url="https://old.acme.example/", events=["topup.failed"])
    WebhookEndpoint.objects.filter(pk=tired.endpoint.id).update(
        status="disabled", disabled_reason="failures", disabled_at=tired.endpoint.created_at
    )
    new_endpoint(cast.cleos.id, url="https://cleo.example/")
    text = words(ada.get(to("webhooks")))
    assert f"{URL} On call every event Enabled none yet" in text
    assert "Nothing is sent to old.acme.example. 20 attempts in a row failed." in text
    assert "https://old.acme.example/ topup.failed Disabled" in text
    assert "cleo.example" not in text


def test_one_and_many_take_as_many_queries(ada, cast, to):
    new_endpoint(cast.acme.id)
    ada.get(to("webhooks"))
    before = queries_of(ada, to("webhooks"))
    for number in range(9):
        new_endpoint(cast.acme.id, url=f"https://h{number}.acme.example/")
    assert queries_of(ada, to("webhooks")) == before <= 12


def test_a_new_endpoint_shows_its_secret_once(ada, cast, to):
    sent = {"url": URL, "events": ["usage.balance_low", "topup.failed"], "description": "Pager"}
    page = ada.post(to("webhooks-new"), sent)
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    made = WebhookEndpoint.objects.get()
    assert (made.team_id, made.url, made.description) == (cast.acme.id, URL, "Pager")
    assert made.events == ["usage.balance_low", "topup.failed"]
    assert page.text.count("whsec_") == 1
    assert AuditEvent.objects.get(action="webhook_endpoint.created").actor_label == cast.ada.email
    for later in (to("webhooks"), to("webhooks-one", made.id)):
        assert "whsec_" not in ada.get(later).text


def test_events_can_be_chosen_by_a_link(ada, to):
    page = ada.get(to("webhooks-new"), {"events": ["usage.balance_low", "nonsense"]})
    assert page.context["form"]["events"].value() == ["usage.balance_low"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"url": "http://hooks.acme.example/"}, "https"),
        ({"url": "https://hooks.acme.example:8443/"}, "port"),
        ({"url": ""}, "This field is required."),
        ({"events": []}, "Choose at least one event."),
        ({"events": ["nonsense"]}, "nonsense is not one of the available choices"),
        ({"description": "x" * 257}, "at most 256 characters"),
    ],
)
def test_what_is_refused_is_said_beside_its_field(ada, to, changed, said):
    page = ada.post(to("webhooks-new"), {"url": URL, "events": ["*"]} | changed)
    assert page.status_code == 200
    assert said in words(page)
    (field,) = changed
    assert page.context["form"].errors.keys() == {field}
    assert not WebhookEndpoint.objects.exists()


def test_a_full_team_is_told_so(ada, cast, to, settings):
    settings.WEBHOOK_ENDPOINTS_MAX = 1
    new_endpoint(cast.acme.id)
    page = ada.post(to("webhooks-new"), {"url": URL, "events": ["*"]})
    assert "Delete one first." in words(page)
    assert WebhookEndpoint.objects.count() == 1


def test_an_endpoint_can_be_changed(ada, cast, to):
    made = new_endpoint(cast.acme.id).endpoint
    url = to("webhooks-edit", made.id)
    assert ada.get(url).context["form"]["url"].value() == URL
    sent = {"url": "https://new.acme.example/", "events": ["topup.failed"], "description": ""}
    assert ada.post(url, sent)["Location"] == to("webhooks-one", made.id)
    made.refresh_from_db()
    assert (made.url, made.events) == ("https://new.acme.example/", ["topup.failed"])
    refused = ada.post(url, sent | {"url": "https://10.0.0.1/"})
    assert refused.context["form"].errors.keys() == {"url"}


def test_roles_see_their_buttons_and_no_others(cast, to):
    endpoint = new_endpoint(cast.acme.id).endpoint
    for role, browser in browsers_of(cast).items():
        shown = to("webhooks-new") in browser.get(to("webhooks")).text
        one = browser.get(to("webhooks-one", endpoint.id)).text
        buttons = {
            name
            for name in ("test", "edit", "roll", "state", "delete")
            if f'"{to(f"webhooks-{name}", endpoint.id)}"' in one
        }
        assert shown is (role in MAY)
        assert buttons == ({"test", "edit", "roll", "state", "delete"} if shown else set())
        status = browser.post(to("webhooks-new"), {"url": URL, "events": ["*"]}).status_code
        assert status == (200 if role in MAY else 403)
    assert WebhookSecret.objects.count() == 1 + len(MAY)
