"""What webhooks are called on pages: events, states, and why something is as it is."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.conf import settings

from billing.models import WebhookDelivery, WebhookEndpoint
from billing.webhooks.event_types import ALL, EventType

Status = WebhookDelivery.Status
Reason = WebhookEndpoint.Reason

EVENTS: Mapping[str, str] = {
    EventType.BALANCE_LOW: "The balance went below the team's threshold. Told once a crossing.",
    EventType.BALANCE_EXHAUSTED: "No credit is left, or less than a refused request needed.",
    EventType.KEY_LIMIT_REACHED: "A request was refused because its key had spent its limit.",
    EventType.TOPUP_SUCCEEDED: "A top-up was credited.",
    EventType.TOPUP_FAILED: "A top-up failed.",
    EventType.ENDPOINT_DISABLED: "Another endpoint of the team was disabled because it failed.",
}
ALL_EVENTS = "Every event, also those that are added later."

# How a state looks, and the word beside it.
DELIVERY_STATES: Mapping[str, tuple[str, str]] = {
    Status.PENDING: ("open", "On its way"),
    Status.SUCCEEDED: ("good", "Taken"),
    Status.FAILED: ("bad", "Failed"),
}
CAUSES: Mapping[str, str] = {
    WebhookDelivery.Cause.EVENT: "as it happened",
    WebhookDelivery.Cause.TEST: "as a test",
    WebhookDelivery.Cause.RESEND: "sent again",
}


def host_of(url: str) -> str:
    """The name of the machine in a URL: what an endpoint is recognised by."""
    return urlsplit(url).hostname or url


def why_disabled(endpoint: WebhookEndpoint) -> str:
    """A sentence about an endpoint that nothing is sent to."""
    return {
        Reason.REQUESTED: "Somebody of the team disabled it.",
        Reason.FAILURES: f"{settings.WEBHOOK_FAILURES_MAX} attempts in a row failed.",
        Reason.GONE: "It answered 410: it will never take a message again.",
    }[Reason(endpoint.disabled_reason)]


def subscribed(endpoint: WebhookEndpoint) -> list[str]:
    """The events that it wants, as words of a list."""
    return ["every event"] if ALL in endpoint.events else list(endpoint.events)
