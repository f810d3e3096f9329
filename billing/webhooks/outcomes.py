"""What came of an attempt is written down: over, to be tried again, or the end of an endpoint."""

import random
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction

from accounts.actors import system_actor
from aurous.kernel.clock import database_now
from aurous.kernel.locks import with_retries
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.webhooks import disabling
from billing.webhooks.claims import Claimed
from billing.webhooks.retries import wait_s
from billing.webhooks.sending import Answer

log = structlog.get_logger(__name__)
Status = WebhookDelivery.Status
Cause = WebhookDelivery.Cause


def record(claimed: Claimed, answer: Answer) -> bool:
    """Write down what came of an attempt; False where the lease was lost or the endpoint is gone.

    Whoever lost the lease changes nothing: a later attempt is on its way.
    """
    return with_retries(lambda: _record(claimed, answer))


def _record(claimed: Claimed, answer: Answer) -> bool:
    with transaction.atomic(durable=True):
        endpoints = WebhookEndpoint.objects.select_for_update(no_key=True)
        endpoint = endpoints.filter(pk=claimed.endpoint_id).first()
        mine = WebhookDelivery.objects.filter(
            pk=claimed.id, attempts=claimed.attempt, status=Status.PENDING
        )
        delivery = mine.first()
        if endpoint is None or delivery is None:
            return False
        now = database_now(connection)
        if not mine.update(**_of(answer, now), **_next(delivery, endpoint, answer, now)):
            return False
        if not answer.ours:
            _count(endpoint, delivery, answer, now)
    return True


def _of(answer: Answer, now: datetime) -> dict[str, Any]:
    return {
        "leased_until": None,
        "attempted_at": now,
        "duration_ms": answer.duration_ms,
        "response_status": answer.status,
        "response_body": answer.body,
        "error": answer.error,
    }


def _next(
    delivery: WebhookDelivery, endpoint: WebhookEndpoint, answer: Answer, now: datetime
) -> dict[str, Any]:
    """The state after this attempt."""
    if answer.good:
        return {"status": Status.SUCCEEDED, "due_at": None, "completed_at": now}
    wait = wait_s(delivery.attempts, random.random())
    once = delivery.cause == Cause.TEST or not endpoint.is_enabled
    if wait is None or once or answer.gone:
        return {"status": Status.FAILED, "due_at": None, "completed_at": now}
    return {"due_at": now + timedelta(seconds=wait)}


def _count(
    endpoint: WebhookEndpoint, delivery: WebhookDelivery, answer: Answer, now: datetime
) -> None:
    """Failures in a row. A test does not count: somebody is looking at it."""
    if answer.good:
        if endpoint.failures:
            endpoint.failures = 0
            endpoint.save(update_fields=["failures"])
        return
    if delivery.cause == Cause.TEST or not endpoint.is_enabled:
        return
    endpoint.failures += 1
    endpoint.save(update_fields=["failures"])
    if answer.gone:
        reason = WebhookEndpoint.Reason.GONE
    elif endpoint.failures >= settings.WEBHOOK_FAILURES_MAX:
        reason = WebhookEndpoint.Reason.FAILURES
    else:
        return
    log.warning("webhooks.endpoint_disabled", endpoint=endpoint.id, reason=str(reason))
    disabling.disable(endpoint, reason, actor=system_actor("webhooks"), now=now)
