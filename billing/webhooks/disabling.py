"""The end of sending to an endpoint: what waits is given up, other endpoints are told."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from accounts import audit
from accounts.actors import Actor
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.webhooks import outbox
from billing.webhooks.event_types import EventType
from billing.webhooks.outbox import NewEvent

GIVEN_UP = "The endpoint was disabled."


def disable(
    endpoint: WebhookEndpoint, reason: WebhookEndpoint.Reason, *, actor: Actor, now: datetime
) -> None:
    """Disable a locked, enabled endpoint in the caller's transaction."""
    endpoint.status = WebhookEndpoint.Status.DISABLED
    endpoint.disabled_reason = reason
    endpoint.disabled_at = now
    endpoint.save(update_fields=["status", "disabled_reason", "disabled_at"])
    _give_up(endpoint, now)
    if reason != WebhookEndpoint.Reason.REQUESTED:  # who asked for it need not be told
        event = NewEvent(endpoint.team_id, EventType.ENDPOINT_DISABLED, _data(endpoint))
        outbox.write([event], now)
    audit.record(
        "webhook_endpoint.disabled",
        team=endpoint.team_id,
        actor=actor,
        target=endpoint.id,
        data={"reason": str(reason), "failures": endpoint.failures},
    )


def _give_up(endpoint: WebhookEndpoint, now: datetime) -> None:
    """What is being sent this moment is left to its sender."""
    idle = Q(leased_until=None) | Q(leased_until__lte=now)
    waiting = WebhookDelivery.objects.filter(
        idle, endpoint=endpoint, status=WebhookDelivery.Status.PENDING
    )
    waiting.update(
        status=WebhookDelivery.Status.FAILED,
        due_at=None,
        leased_until=None,
        completed_at=now,
        error=GIVEN_UP,
    )


def _data(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "object": "webhook_endpoint",
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "status": str(endpoint.status),
        "disabled_reason": str(endpoint.disabled_reason),
        "disabled_at": endpoint.disabled_at,
    }
