"""Who sends what: a delivery that is due is claimed by one sender, for the time of one attempt.

The claim is a lease. It counts the attempt and puts the next one off until the lease ends, so that
a sender that dies is followed by another: every delivery is attempted at least once.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, QuerySet

from aurous.kernel.clock import database_now
from aurous.kernel.locks import with_retries
from billing.models import WebhookDelivery, WebhookEvent
from billing.webhooks import signing_secrets

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt, with all that sending it needs. ``attempt`` is also the fence of the lease."""

    id: str
    endpoint_id: str
    attempt: int
    event_id: str
    claimed_at: datetime
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    secrets: list[str] = field(repr=False)


def due_count(at_most: int) -> int:
    """How many deliveries are due, as far as it matters. Takes no lock."""
    return _due(database_now(connection))[:at_most].count()


def claim() -> Claimed | None:
    """Claim the delivery that has been due the longest; None where nothing is."""
    return with_retries(_claim)


def _claim() -> Claimed | None:
    with transaction.atomic(durable=True):
        now = database_now(connection)
        delivery = (
            _due(now)
            .select_for_update(of=("self",), skip_locked=True)
            .select_related("event", "endpoint")
            .order_by("due_at", "id")
            .first()
        )
        if delivery is None:
            return None
        until = now + timedelta(seconds=settings.WEBHOOK_LEASE_SECONDS)
        delivery.attempts += 1
        delivery.due_at = delivery.leased_until = until
        delivery.save(update_fields=["attempts", "due_at", "leased_until"])
        return _claimed(delivery, now)


def _due(now: datetime) -> QuerySet[WebhookDelivery]:
    """Without those of teams that have their share of the senders already."""
    busy = (
        WebhookDelivery.objects.filter(leased_until__gt=now)
        .values("team_id")
        .annotate(sending=Count("id"))
        .filter(sending__gte=settings.WEBHOOK_TEAM_SENDERS_MAX)
    )
    return WebhookDelivery.objects.filter(due_at__lte=now).exclude(
        team_id__in=busy.values("team_id")
    )


def _claimed(delivery: WebhookDelivery, now: datetime) -> Claimed:
    return Claimed(
        id=delivery.id,
        endpoint_id=delivery.endpoint_id,
        attempt=delivery.attempts,
        event_id=delivery.event_id,
        claimed_at=now,
        url=delivery.endpoint.url,
        body=message(delivery.event),
        secrets=_secrets(delivery, now),
    )


def _secrets(delivery: WebhookDelivery, now: datetime) -> list[str]:
    try:
        return signing_secrets.valid_texts(delivery.endpoint.secrets.all(), now)
    except signing_secrets.SecretUnknown:
        log.error("webhooks.pepper_missing", endpoint=delivery.endpoint_id)
        return []


def message(event: WebhookEvent) -> bytes:
    """The body that is sent: the same bytes at every attempt."""
    return orjson.dumps(
        {
            "id": event.id,
            "object": "event",
            "type": event.type,
            "created": int(event.created_at.timestamp()),
            "api_version": event.api_version,
            "data": {"object": orjson.Fragment(event.data)},
        }
    )
