"""What a team was told about its balance, and who was told."""

import json
from dataclasses import dataclass
from datetime import datetime

from aurous.kernel.money import parse_credits
from billing.access import webhook_endpoints_of, webhook_events_of
from billing.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from billing.webhooks.event_types import EventType, wants

ALERTS = (EventType.BALANCE_LOW, EventType.BALANCE_EXHAUSTED)


@dataclass(frozen=True, slots=True)
class Firing:
    """One alert. Nano-credits; ``threshold`` is None where none was crossed."""

    type: str
    at: datetime
    balance: int
    threshold: int | None
    deliveries: list[WebhookDelivery]


def firings_of(team_id: str, most: int) -> list[Firing]:
    """The newest alerts, as long as events are kept, with their deliveries and endpoints."""
    events = (
        webhook_events_of(team_id)
        .filter(type__in=ALERTS)
        .prefetch_related("deliveries__endpoint")
        .order_by("-created_at", "-id")[:most]
    )
    return [_firing(event) for event in events]


def told_of(team_id: str, event: EventType) -> list[WebhookEndpoint]:
    """The endpoints that hear of an event today."""
    enabled = webhook_endpoints_of(team_id).filter(status=WebhookEndpoint.Status.ENABLED)
    return [one for one in enabled.order_by("created_at", "id") if wants(one.events, event)]


def _firing(event: WebhookEvent) -> Firing:
    data = json.loads(event.data, parse_float=str, parse_int=str)
    threshold = data.get("threshold_credits")
    return Firing(
        type=event.type,
        at=event.created_at,
        balance=parse_credits(data["credits"]),
        threshold=None if threshold is None else parse_credits(threshold),
        deliveries=list(event.deliveries.all()),
    )
