"""Stripe's webhooks: verified, stored, acknowledged; worked on later, from here and by a pass.

An event is a reason to look, never the truth: what it is about is fetched anew. It is handled in
the transaction of its effect, once, whoever works on it; one that fails comes again.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.actors import Actor
from aurous import metrics
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.kernel.locks import with_retries
from billing import payment_exceptions
from billing.gateway import is_configured
from billing.gateway.base import BadSignature, Event, GatewayError
from billing.gateway.mapping import event as event_of
from billing.models import PaymentException, StripeEvent
from billing.models.stripe_events import ERROR_CHARACTERS_MAX
from billing.stripe_routes import work_on

log = structlog.get_logger(__name__)
_BACKOFF_SECONDS = 5
_BACKOFF_SECONDS_MAX = 3_600


def receive(body: bytes, signature: str) -> str:
    """Verify a webhook and store it; returns the event's id. Raises ``BadSignature``.

    The same event again is stored once.
    """
    from billing.gateway.signatures import verify

    verify(
        body,
        signature,
        settings.STRIPE_WEBHOOK_SECRETS,
        now_s=int(database_now(connection).timestamp()),
        tolerance_s=settings.STRIPE_WEBHOOK_TOLERANCE_SECONDS,
    )
    event = _parsed(body)
    store([event])
    return event.id


def _parsed(body: bytes) -> Event:
    """Signed by Stripe, and still nothing that is not an event may stop the inbox."""
    try:
        event = event_of(json.loads(body))
        _ = event.object["id"] if event.object.get("id") else ""
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSignature("the body is no event") from error
    return event


def store(events: Iterable[Event]) -> None:
    """Put events into the inbox; those that are there stay as they are."""
    now = database_now(connection)
    rows = [
        StripeEvent(
            id=event.id,
            type=event.type[:100],
            object_id=str(event.object.get("id") or ""),
            payload=json.dumps(event.payload, separators=(",", ":")),
            created_at=datetime.fromtimestamp(event.created_s, UTC),
            received_at=now,
            due_at=now,
        )
        for event in events
    ]
    StripeEvent.objects.bulk_create(rows, ignore_conflicts=True)


def run_pass() -> int:
    """Work on what is due; returns how many events it looked at."""
    count = 0
    while is_configured() and count < settings.STRIPE_PASS_ROWS_MAX:
        claimed = with_retries(lambda: _claim(StripeEvent.objects.order_by("due_at", "id")))
        if claimed is None:
            break
        _handle(claimed)
        count += 1
    if count:
        payment_exceptions.measure()
    return count


def handle(event_id: str) -> None:
    """Work on one event, if it is due and nobody is at it."""
    claimed = with_retries(lambda: _claim(StripeEvent.objects.filter(pk=event_id)))
    if claimed is not None:
        _handle(claimed)


def replay(event_id: str, *, actor: Actor) -> None:
    """Have an event worked on once more, as if it had just come. Changes nothing that stands.

    Raises ``resource_not_found``.
    """
    with transaction.atomic(durable=True):
        now = database_now(connection)
        rows = StripeEvent.objects.filter(pk=event_id)
        if not rows.update(due_at=now, attempts=0, error="", handled_at=None, outcome=""):
            raise AurousError("resource_not_found", f"There is no event {event_id!r}.")
        audit.record("stripe_event.replayed", team=None, actor=actor, target=event_id)


def _claim(among: QuerySet[StripeEvent]) -> StripeEvent | None:
    """Take an event for the time of one attempt; who dies in it is followed by another."""
    with transaction.atomic(durable=True):
        now = database_now(connection)
        rows = among.select_for_update(skip_locked=True)
        event = rows.filter(due_at__lte=now, handled_at=None).first()
        if event is not None:
            event.attempts += 1
            event.due_at = now + timedelta(seconds=settings.STRIPE_LEASE_SECONDS)
            event.save(update_fields=["attempts", "due_at"])
    return event


def _handle(row: StripeEvent) -> None:
    try:
        payload: dict[str, Any] = json.loads(row.payload)
        outcome = work_on(event_of(payload), lambda now, word: _finish(row.pk, now, word))
    except (GatewayError, AurousError) as error:
        outcome = "retried"
        _put_off(row, f"{type(error).__name__}: {error}")
    except Exception as error:  # one event must not stop the others
        log.exception("stripe.event_broke", stripe_event=row.pk)
        outcome = "retried"
        _put_off(row, type(error).__name__)
    metrics.STRIPE_EVENTS.labels(outcome).inc()


def _finish(event_id: str, now: datetime, word: str) -> None:
    """Must be called in the transaction of the effect."""
    StripeEvent.objects.filter(pk=event_id, handled_at=None).update(
        handled_at=now, due_at=None, error="", outcome=word
    )


def _put_off(row: StripeEvent, error: str) -> None:
    """Try again later, and after many times have a person look."""
    wait = min(_BACKOFF_SECONDS * 2**row.attempts, _BACKOFF_SECONDS_MAX)
    with transaction.atomic(durable=True):
        now = database_now(connection)
        last = row.attempts >= settings.STRIPE_EVENT_ATTEMPTS_MAX
        StripeEvent.objects.filter(pk=row.pk, handled_at=None).update(
            due_at=None if last else now + timedelta(seconds=wait),
            error=error[:ERROR_CHARACTERS_MAX],
        )
        if last:
            kind = PaymentException.Kind.EVENT_FAILED
            payment_exceptions.file(kind, row.pk, f"{row.type}: {error}", now)
