"""A team with an endpoint, and what is said in one line instead of five."""

from collections.abc import Callable
from typing import Any

import pytest

from billing.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from billing.webhooks import endpoints, outbox
from billing.webhooks.deliverer import deliver_one
from billing.webhooks.dispatch import dispatch
from billing.webhooks.endpoints import NewSecret
from billing.webhooks.outbox import NewEvent
from tests.billing import stage
from tests.billing.webhooks.customer import URL, Ear

Happen = Callable[..., None]


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def new_endpoint(team) -> Callable[..., NewSecret]:
    """Another endpoint, of the team if no other is named, for all events."""

    def make(owner: Any = None, **fields: Any) -> NewSecret:
        wanted: dict[str, Any] = {"url": URL, "events": ["*"], "actor": stage.NOBODY}
        return endpoints.create((owner or team).id, **(wanted | fields))

    return make


@pytest.fixture
def endpoint(new_endpoint) -> WebhookEndpoint:
    return new_endpoint().endpoint


@pytest.fixture
def happen(team) -> Happen:
    """Something happens to the team, and deliveries are made of it."""

    def event(type_: str = "usage.balance_low", times: int = 1, owner: Any = None) -> None:
        new = NewEvent((owner or team).id, type_, {"object": "balance"})
        outbox.write([new] * times, stage.now())
        dispatch()

    return event


@pytest.fixture
def deliver_all(ear) -> Callable[[], int]:
    """Attempt what is due; returns how many attempts that took."""

    def run() -> int:
        count = 0
        while deliver_one(ear):
            count += 1
        return count

    return run


def delivery() -> WebhookDelivery:
    """The only delivery there is."""
    return WebhookDelivery.objects.get()


def told(team: Any) -> list[str]:
    """The types of the team's events, oldest first."""
    events = WebhookEvent.objects.filter(team_id=team.id).order_by("id")
    return list(events.values_list("type", flat=True))
