"""One webhook endpoint: how it stands, what was sent to it, and its settings."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.ui.paging import page_of
from billing.access import deliveries_of, webhook_endpoint_for
from billing.models import WebhookDelivery, WebhookSecret
from billing.pages.found import found
from billing.pages.receiver import verify_python
from billing.pages.webhook_form import EndpointForm
from billing.pages.webhook_words import (
    DELIVERY_STATES,
    EVENTS,
    host_of,
    subscribed,
    why_disabled,
)
from billing.webhooks import endpoints
from billing.webhooks.event_types import TEST

DELIVERIES = 25
_SOON = timedelta(minutes=1)


@team_page(May.READ)
def webhook_one(request: TeamRequest, endpoint_id: str) -> HttpResponse:
    """The endpoint with its deliveries, narrowed by ``?state=`` and ``?event=``."""
    endpoint = found(webhook_endpoint_for, request.team.id, endpoint_id)
    state, event = request.GET.get("state", ""), request.GET.get("event", "")
    rows = deliveries_of(request.team.id, endpoint.id)
    if state in DELIVERY_STATES:
        rows = rows.filter(status=state)
    if event in (*EVENTS, TEST):
        rows = rows.filter(event__type=event)
    page = page_of(
        request, request.team.id, rows, scope=f"deliveries:{endpoint.id}", rows_max=DELIVERIES
    )
    now = database_now(connection)
    secrets = WebhookSecret.objects.filter(endpoint=endpoint).order_by("-created_at", "-id")
    context = {
        "endpoint": endpoint,
        "host": host_of(endpoint.url),
        "events": subscribed(endpoint),
        "why": "" if endpoint.is_enabled else why_disabled(endpoint),
        "failures_max": settings.WEBHOOK_FAILURES_MAX,
        "log_days": settings.WEBHOOK_LOG_DAYS,
        "page": page,
        "lines": [delivery_line(row) for row in page.rows],
        "moving": any(row.due_at is not None and row.due_at < now + _SOON for row in page.rows),
        "secrets": [one for one in secrets if one.expires_at is None or one.expires_at > now],
        "state": state if state in DELIVERY_STATES else "",
        "event": event if event in (*EVENTS, TEST) else "",
        "states": DELIVERY_STATES,
        "event_names": [*EVENTS, TEST],
        "verify": verify_python(),
    }
    return render(request, "billing/webhook_one.html", context)


def delivery_line(row: WebhookDelivery) -> dict[str, object]:
    """A delivery as a row of the log."""
    tone, word = DELIVERY_STATES[row.status]
    waits = row.status == WebhookDelivery.Status.PENDING and row.attempts
    return {"row": row, "tone": tone, "word": "To be tried again" if waits else word}


@team_page(May.WEBHOOKS, post=May.WEBHOOKS)
def webhook_edit(request: TeamRequest, endpoint_id: str) -> HttpResponse:
    """Change the URL, the events or the description."""
    endpoint = found(webhook_endpoint_for, request.team.id, endpoint_id)
    now = {name: getattr(endpoint, name) for name in ("url", "events", "description")}
    form = EndpointForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        try:
            endpoints.change(request.team.id, endpoint.id, actor=request.actor, **form.wanted)
        except AurousError as error:
            form.refuse(error)
        else:
            messages.success(request, "The endpoint was changed.", "good")
            return redirect("webhooks-one", request.team.id, endpoint.id)
    context = {"form": form, "endpoint": endpoint, "host": host_of(endpoint.url)}
    return render(request, "billing/webhook_edit.html", context)
