"""Webhooks: endpoints, events, deliveries. No secret, no query of a URL, no answer's body.

What an endpoint answered is its team's; operators see how it ended.
"""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import display

from accounts.admin.base import actor_of
from billing.admin.acts import reason_field
from billing.admin.base import LedgerAdmin, page_action
from billing.admin.confirm import Question, confirm_page
from billing.models import WebhookDelivery, WebhookEndpoint, WebhookEvent, WebhookSecret
from billing.webhooks.manual import resend_for_team


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(LedgerAdmin):
    """Where teams want to be told of events."""

    list_display = ("id", "team", "host", "state", "disabled_reason", "failures", "created_at")
    list_filter = ("status",)
    list_select_related = ("team",)
    search_help_text = "we_…, team_… or the name of a team"
    found_by: ClassVar = {"we_": "pk"}
    fields = (
        ("id", "team"),
        ("host", "state"),
        "events",
        ("disabled_reason", "disabled_at", "failures"),
        "created_at",
    )
    readonly_fields = ("host", "state")

    @admin.display(description="Host")
    def host(self, endpoint: WebhookEndpoint) -> str:
        """Without path and query, which may hold a secret of the customer's."""
        return urlsplit(endpoint.url).netloc

    @display(description="State", label={"enabled": "success", "disabled": "danger"})
    def state(self, endpoint: WebhookEndpoint) -> str:
        """In a word."""
        return str(endpoint.status)


@admin.register(WebhookSecret)
class WebhookSecretAdmin(LedgerAdmin):
    """Which endpoint has which secrets, and under which pepper: nothing that they are made of."""

    list_display = ("id", "endpoint", "team", "pepper_version", "created_at", "expires_at")
    list_filter = (("expires_at", admin.EmptyFieldListFilter),)
    list_select_related = ("endpoint__team",)
    search_help_text = "we_…, team_… or the name of a team"
    team_column = "endpoint__team"
    found_by: ClassVar = {"we_": "endpoint_id"}
    fields = (("endpoint", "pepper_version"), ("created_at", "expires_at"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the salt: it is not even read."""
        return super().get_queryset(request).defer("salt")

    @admin.display(description="Team")
    def team(self, secret: WebhookSecret) -> str:
        """Whose endpoint it is."""
        return str(secret.endpoint.team)


@admin.register(WebhookEvent)
class WebhookEventAdmin(LedgerAdmin):
    """What happened that a team may want to hear of."""

    list_display = ("id", "type", "team", "created_at", "dispatched_at")
    list_filter = (("dispatched_at", admin.EmptyFieldListFilter),)
    list_select_related = ("team",)
    search_help_text = "evt_…, team_… or the name of a team"
    found_by: ClassVar = {"evt_": "pk"}
    fields = (("id", "type"), ("team", "api_version"), ("created_at", "dispatched_at"))


class ResendForm(forms.Form):
    """Why."""

    reason = reason_field("The team reads it in its audit log, with your address.")


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LedgerAdmin):
    """Each event on its way to each endpoint."""

    list_display = (
        "id",
        "team",
        "endpoint",
        "event",
        "state",
        "attempts",
        "response_status",
        "due_at",
        "created_at",
    )
    list_filter = ("status", "cause")
    list_select_related = ("team", "endpoint", "event")
    search_help_text = "dlv_…, evt_…, we_…, team_… or the name of a team"
    found_by: ClassVar = {"dlv_": "pk", "evt_": "event_id", "we_": "endpoint_id"}
    fields = (
        ("id", "team"),
        ("endpoint", "event"),
        ("cause", "state", "attempts"),
        ("created_at", "due_at", "completed_at"),
        ("attempted_at", "duration_ms", "response_status"),
        "error",
    )
    readonly_fields = ("state",)
    actions_detail: ClassVar = ["resend"]

    def has_resend_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Django's own right to add a delivery: nothing else asks for it."""
        return request.user.has_perm("billing.add_webhookdelivery")

    @page_action(description="Send again", url_path="resend", permissions=["resend"], icon="send")
    def resend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The same event to the same endpoint, once more."""
        delivery = self.get_queryset(request).filter(pk=object_id).first()
        if delivery is None:
            raise Http404("There is no such delivery.")

        def do(said: Any) -> str:
            made = resend_for_team(delivery, actor=actor_of(request), reason=said["reason"])
            return f"It is sent again, as {made.pk}."

        question = Question(
            title="Send again",
            about=f"{delivery.event.type} to {urlsplit(delivery.endpoint.url).netloc}",
            words=f"{delivery.team} gets the same event once more, signed anew. "
            "Its audit log tells who sent it.",
            button="Send it again",
            back=reverse("admin:billing_webhookdelivery_change", args=[delivery.pk]),
        )
        form = ResendForm(request.POST if request.method == "POST" else None)
        return confirm_page(self, request, question, do, form)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without what the endpoint answered: it is not even read."""
        return super().get_queryset(request).defer("response_body")

    @display(
        description="State",
        label={"succeeded": "success", "failed": "danger", "pending": "info"},
    )
    def state(self, delivery: WebhookDelivery) -> str:
        """In a word."""
        return str(delivery.status)
