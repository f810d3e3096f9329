"""From events to deliveries: one for each endpoint of the team that wants to know."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from aurous.kernel.clock import database_now
from aurous.kernel.ids import new_id
from aurous.kernel.locks import with_retries
from billing.models import WebhookDelivery, WebhookEndpoint, WebhookEvent
from billing.webhooks.event_types import wants

Endpoints = dict[str, list[WebhookEndpoint]]


def dispatch() -> int:
    """Make deliveries of the events that wait; returns how many events there were."""
    if not WebhookEvent.objects.filter(dispatched_at=None).exists():  # takes no lock
        return 0
    return with_retries(_dispatch)


def _dispatch() -> int:
    with transaction.atomic(durable=True):
        waiting = WebhookEvent.objects.select_for_update(of=("self",), skip_locked=True)
        events = list(
            waiting.filter(dispatched_at=None)
            .select_related("team")
            .order_by("id")[: settings.WEBHOOK_BATCH_ROWS_MAX]
        )
        now = database_now(connection)
        endpoints = _endpoints_of({event.team_id for event in events})
        WebhookDelivery.objects.bulk_create(
            new_delivery(event, endpoint, now)
            for event in events
            for endpoint in endpoints[event.team_id]
            if wants(endpoint.events, event.type)
        )
        for event in events:
            event.api_version = version_of(event)
            event.dispatched_at = now
        WebhookEvent.objects.bulk_update(events, ["api_version", "dispatched_at"])
    return len(events)


def _endpoints_of(team_ids: Collection[str]) -> Endpoints:
    """The enabled ones, kept from being deleted until the deliveries to them stand."""
    found: Endpoints = defaultdict(list)
    rows = WebhookEndpoint.objects.select_for_update(no_key=True).filter(
        team_id__in=team_ids, status=WebhookEndpoint.Status.ENABLED
    )
    for endpoint in rows.order_by("id"):
        found[endpoint.team_id].append(endpoint)
    return found


def version_of(event: WebhookEvent) -> str:
    """The version that a message says it is of: the team's, else the installation's."""
    return event.team.default_api_version or str(settings.API_DEFAULT_VERSION)


def new_delivery(
    event: WebhookEvent,
    endpoint: WebhookEndpoint,
    now: datetime,
    cause: WebhookDelivery.Cause = WebhookDelivery.Cause.EVENT,
) -> WebhookDelivery:
    """A delivery that is due at once; not saved."""
    return WebhookDelivery(
        id=new_id("dlv"),
        team_id=endpoint.team_id,
        event=event,
        endpoint=endpoint,
        cause=cause,
        due_at=now,
        created_at=now,
    )


def forget_old() -> int:
    """Delete events past their days, with their deliveries; returns how many."""
    before = database_now(connection) - timedelta(days=settings.WEBHOOK_LOG_DAYS)
    old = WebhookEvent.objects.filter(created_at__lt=before).values_list("id", flat=True)
    ids = list(old[: settings.WEBHOOK_BATCH_ROWS_MAX])
    if ids:
        with_retries(lambda: WebhookEvent.objects.filter(id__in=ids).delete())
    return len(ids)
