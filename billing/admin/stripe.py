"""Stripe's inbox, with replay, and the queue of what a person must look at, with an answer."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.timesince import timesince
from unfold.decorators import display

from accounts.admin.base import actor_of
from aurous.kernel.clock import database_now
from billing import payment_exceptions, stripe_inbox, stripe_payload
from billing.admin.acts import reason_field
from billing.admin.base import LedgerAdmin, page_action
from billing.admin.confirm import Question, confirm_page
from billing.admin.stripe_ids import at_stripe, here
from billing.models import PaymentException, StripeCursor, StripeEvent


class InboxState(admin.SimpleListFilter):
    """Where an event stands."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The three."""
        return (("waits", "Waits"), ("stuck", "Given up"), ("handled", "Handled"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen one."""
        if self.value() == "waits":
            return queryset.filter(due_at__isnull=False)
        if self.value() == "stuck":
            return queryset.filter(due_at__isnull=True, handled_at__isnull=True)
        return queryset.filter(handled_at__isnull=False) if self.value() == "handled" else queryset


@admin.register(StripeEvent)
class StripeEventAdmin(LedgerAdmin):
    """The inbox. Of what Stripe sent only what it says of money is shown: the rest is of people."""

    list_display = ("id", "type", "about", "state", "attempts", "error", "age")
    list_filter = (InboxState, "outcome")
    search_help_text = "evt_…, or the id of what it is about"
    fields = (
        ("id", "type"),
        ("about", "at_stripe"),
        ("state", "outcome", "attempts"),
        "error",
        ("created_at", "received_at"),
        ("due_at", "handled_at"),
        "sent",
    )
    readonly_fields = ("about", "state", "at_stripe", "sent")
    actions = ("replay_selected",)
    actions_detail: ClassVar = ["replay"]

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """An event has no team of its own."""
        return queryset.filter(**{"pk" if text.startswith("evt_") else "object_id": text})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without what Stripe sent: a list does not even read it."""
        return super().get_queryset(request).defer("payload")

    @admin.display(description="About")
    def about(self, event: StripeEvent) -> str:
        """What it is about, as far as we know it."""
        return here(event.object_id)

    @display(
        description="State",
        label={"handled": "success", "waits": "info", "given up": "danger", "again": "warning"},
    )
    def state(self, event: StripeEvent) -> str:
        """In a word; "again": it failed and is tried once more."""
        if event.handled_at is not None:
            return "handled"
        if event.due_at is None:
            return "given up"
        return "again" if event.error else "waits"

    @admin.display(description="Received")
    def age(self, event: StripeEvent) -> str:
        """How long ago."""
        return f"{timesince(event.received_at, depth=1)} ago"

    @admin.display(description="At Stripe")
    def at_stripe(self, event: StripeEvent) -> str:
        """The way to it and to what it is about."""
        return at_stripe(event.pk, event.object_id)

    @admin.display(description="What it says")
    def sent(self, event: StripeEvent) -> str:
        """Amounts, ids and states; names, addresses, cards and secrets are left out."""
        text, hidden = stripe_payload.readable(event.payload)
        return format_html(
            '<pre class="aurous-json" tabindex="0">{}</pre><p>{} more fields are not shown: '
            "they are of people, or no business of ours.</p>",
            text,
            hidden,
        )

    def has_replay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Django's own right to change an event: nothing else asks for it."""
        return request.user.has_perm("billing.change_stripeevent")

    @admin.action(description="Replay the selected events", permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> None:
        """Have them worked on once more."""
        ids = list(queryset.values_list("pk", flat=True)[: settings.STRIPE_PASS_ROWS_MAX])
        for event_id in ids:
            stripe_inbox.replay(event_id, actor=actor_of(request))
        messages.success(request, f"{len(ids)} are worked on once more. What stands stays.")

    @page_action(description="Replay", url_path="replay", permissions=["replay"], icon="replay")
    def replay(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Have it worked on once more."""
        event = self.get_queryset(request).filter(pk=object_id).first()
        if event is None:
            raise Http404("There is no such event.")

        def do(_: Any) -> str:
            stripe_inbox.replay(event.pk, actor=actor_of(request))
            return "It is worked on once more, within seconds."

        question = Question(
            title="Replay",
            about=f"{event.type} {event.pk}",
            words="What it is about is fetched from Stripe anew and the books are brought to it. "
            "What stands already stays as it is.",
            button="Replay it",
            back=reverse("admin:billing_stripeevent_change", args=[event.pk]),
        )
        return confirm_page(self, request, question, do)


@admin.register(StripeCursor)
class StripeCursorAdmin(LedgerAdmin):
    """How far Stripe's lists have been read."""

    list_display = ("name", "read_until_s")


class ResolutionForm(forms.Form):
    """What was done about it."""

    resolution = reason_field("Say what you found and did. The audit log keeps it with your name.")


class Openness(admin.SimpleListFilter):
    """Open or closed."""

    title = "state"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The two."""
        return (("1", "Open"), ("0", "Resolved"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen one."""
        if self.value() not in {"0", "1"}:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "1")


@admin.register(PaymentException)
class PaymentExceptionAdmin(LedgerAdmin):
    """What a person must look at."""

    list_display = ("id", "kind", "team", "about", "state", "found_at")
    list_filter = (Openness, "kind")
    list_select_related = ("team",)
    search_help_text = "pex_…, topup_…, ch_…, re_…, evt_…, team_… or the name of a team"
    found_by: ClassVar = {
        "pex_": "pk",
        **dict.fromkeys(("topup_", "ch_", "re_", "dp_", "evt_", "issfr_"), "object_id"),
    }
    fields = (
        ("id", "kind", "state"),
        ("team", "about", "at_stripe"),
        "detail",
        "found_at",
        ("resolved_at", "resolved_by"),
        "resolution",
    )
    readonly_fields = ("about", "state", "at_stripe")
    actions_detail: ClassVar = ["resolve"]

    @admin.display(description="About")
    def about(self, row: PaymentException) -> str:
        """The top-up, refund or event."""
        return here(row.object_id)

    @admin.display(description="At Stripe")
    def at_stripe(self, row: PaymentException) -> str:
        """The way to it."""
        return at_stripe(row.object_id)

    @display(description="State", label={"open": "danger", "resolved": "success"})
    def state(self, row: PaymentException) -> str:
        """In a word."""
        return "open" if row.resolved_at is None else "resolved"

    def has_resolve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Django's own right to change an exception, while it is open."""
        open_one = PaymentException.objects.filter(pk=object_id, resolved_at=None)
        may = request.user.has_perm("billing.change_paymentexception")
        return may and (object_id is None or open_one.exists())

    @page_action(description="Resolve", url_path="resolve", permissions=["resolve"], icon="done")
    def resolve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Close it with what was done about it."""
        row = self.get_queryset(request).filter(pk=object_id).first()
        if row is None:
            raise Http404("There is no such exception.")

        def do(said: Any) -> str:
            payment_exceptions.resolve(row.pk, said["resolution"], actor=actor_of(request))
            payment_exceptions.measure()
            return "Resolved."

        waiting = timesince(row.found_at, database_now(connection), depth=1)
        question = Question(
            title="Resolve",
            about=f"{row.get_kind_display()}, {row.object_id}",
            words=f"{row.detail} It was found {waiting} ago. Resolving it moves no money.",
            button="Resolve it",
            back=reverse("admin:billing_paymentexception_change", args=[row.pk]),
        )
        form = ResolutionForm(request.POST if request.method == "POST" else None)
        return confirm_page(self, request, question, do, form)
