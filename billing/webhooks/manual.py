"""Deliveries that somebody asks for: a test, and the same message again.

Each is a part of the transaction that keeps the answer of its POST (``accounts.idempotency``).
"""

from django.conf import settings
from django.db import connection, transaction

from accounts import audit
from accounts.actors import Actor
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from billing.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from billing.webhooks.dispatch import new_delivery, version_of
from billing.webhooks.event_types import TEST
from billing.webhooks.locking import lock_endpoint

Cause = WebhookDelivery.Cause
BUSY_RETRY_AFTER_S = 5


def send_test(team_id: str, endpoint_id: str) -> WebhookDelivery:
    """A ``webhook.test`` to this endpoint alone, enabled or not, tried once.

    Raises ``resource_not_found``, ``too_many_requests``.
    """
    with transaction.atomic():
        endpoint = _endpoint_with_room(team_id, endpoint_id)
        now = database_now(connection)
        event = WebhookEvent(
            id=new_id("evt"),
            team=endpoint.team,
            type=TEST,
            data=f'{{"object":"webhook_endpoint","id":"{endpoint.id}"}}',
            created_at=now,
            dispatched_at=now,
        )
        event.api_version = version_of(event)
        event.save(force_insert=True)
        delivery = new_delivery(event, endpoint, now, Cause.TEST)
        delivery.save(force_insert=True)
    return delivery


def resend(team_id: str, endpoint_id: str, delivery_id: str) -> WebhookDelivery:
    """The same event to the same endpoint as a new delivery; a disabled one is tried once.

    Raises ``resource_not_found``, ``too_many_requests``.
    """
    with transaction.atomic():
        endpoint = _endpoint_with_room(team_id, endpoint_id)
        deliveries = WebhookDelivery.objects.select_related("event")
        earlier = deliveries.filter(endpoint=endpoint, pk=delivery_id).first()
        if earlier is None:
            raise AurousError("resource_not_found", f"There is no delivery {delivery_id!r}.")
        cause = Cause.TEST if earlier.cause == Cause.TEST else Cause.RESEND
        delivery = new_delivery(earlier.event, endpoint, database_now(connection), cause)
        delivery.save(force_insert=True)
    return delivery


def resend_for_team(delivery: WebhookDelivery, *, actor: Actor, reason: str) -> WebhookDelivery:
    """``resend`` by an operator: the team's audit log tells it. Raises what ``resend`` raises."""
    with transaction.atomic(durable=True):
        made = resend(delivery.team_id, delivery.endpoint_id, delivery.pk)
        audit.record(
            "webhook_delivery.resent",
            team=delivery.team_id,
            actor=actor,
            target=delivery.endpoint_id,
            data={"delivery": delivery.pk, "event": delivery.event_id, "reason": reason},
        )
    return made


def _endpoint_with_room(team_id: str, endpoint_id: str) -> WebhookEndpoint:
    """The locked endpoint. Raises ``too_many_requests`` where enough waits for it already."""
    endpoint = lock_endpoint(team_id, endpoint_id)
    waiting = WebhookDelivery.objects.filter(
        endpoint=endpoint, status=WebhookDelivery.Status.PENDING
    ).exclude(cause=Cause.EVENT)
    if waiting.count() >= settings.WEBHOOK_MANUAL_PENDING_MAX:
        raise AurousError(
            "too_many_requests",
            f"{settings.WEBHOOK_MANUAL_PENDING_MAX} tests and resends to this endpoint are not "
            "done yet. Wait until some are.",
            retry_after_s=BUSY_RETRY_AFTER_S,
        )
    return endpoint
