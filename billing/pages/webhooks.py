"""Webhook endpoints: the list, and a new one."""

from django.conf import settings
from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError
from aurous.ui.once import already_done, spent
from aurous.ui.paging import page_of
from billing.access import webhook_endpoints_of
from billing.models import WebhookDelivery, WebhookEndpoint
from billing.pages.receiver import verify_python
from billing.pages.webhook_form import EndpointForm
from billing.pages.webhook_words import DELIVERY_STATES, EVENTS, host_of, subscribed, why_disabled
from billing.webhooks import endpoints
from billing.webhooks.event_types import EventType


@team_page(May.READ)
def webhooks(request: TeamRequest) -> HttpResponse:
    """Where the team is told of events, and whether that works."""
    page = page_of(request, request.team.id, _with_last(request.team.id), scope="webhooks")
    context = {
        "page": page,
        "lines": [_line(endpoint) for endpoint in page.rows],
        "events": EVENTS,
        "endpoints_max": settings.WEBHOOK_ENDPOINTS_MAX,
        "verify": verify_python(),
    }
    return render(request, "billing/webhooks.html", context)


def _with_last(team_id: str) -> QuerySet[WebhookEndpoint]:
    """Each endpoint with the state and moment of its newest delivery."""
    newest = WebhookDelivery.objects.filter(endpoint=OuterRef("pk")).order_by("-created_at", "-id")
    return webhook_endpoints_of(team_id).annotate(
        last_status=Subquery(newest.values("status")[:1]),
        last_at=Subquery(newest.values("created_at")[:1]),
    )


def _line(endpoint: WebhookEndpoint) -> dict[str, object]:
    last = getattr(endpoint, "last_status", None)
    return {
        "endpoint": endpoint,
        "host": host_of(endpoint.url),
        "events": subscribed(endpoint),
        "why": "" if endpoint.is_enabled else why_disabled(endpoint),
        "last": DELIVERY_STATES[last] if last else None,
        "last_at": getattr(endpoint, "last_at", None),
    }


@team_page(May.WEBHOOKS, post=May.WEBHOOKS)
def webhooks_new(request: TeamRequest) -> HttpResponse:
    """Ask where to, make the endpoint, and show its secret this once."""
    wished = [event for event in request.GET.getlist("events") if event in EventType.values]
    form = EndpointForm(request.POST or None, initial={"events": wished})
    if request.method == "POST" and form.is_valid():
        if spent(request):
            return already_done(request, "webhooks", request.team.id)
        try:
            with transaction.atomic(durable=True):
                made = endpoints.create(request.team.id, actor=request.actor, **form.wanted)
        except AurousError as error:
            form.refuse(error)
        else:
            context = {"made": made, "endpoint": made.endpoint, "verify": verify_python()}
            return render(request, "billing/webhook_secret.html", context)
    return render(request, "billing/webhook_new.html", {"form": form})
