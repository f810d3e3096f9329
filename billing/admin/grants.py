"""Grants, to read; a promise of one can be taken back until it begins."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.admin.base import actor_of
from billing.admin.acts import reason_field
from billing.admin.base import LedgerAdmin, in_credits, page_action
from billing.admin.confirm import Question, confirm_page
from billing.amounts import grouped
from billing.cancelling import cancel
from billing.models import Grant, ScheduledGrant


@admin.register(Grant)
class GrantAdmin(LedgerAdmin):
    """What each balance is made of, and when it lapses."""

    list_display = (
        "id",
        "team",
        "kind",
        "amount_credits",
        "remaining_credits",
        "state",
        "priority",
        "effective_at",
        "expires_at",
    )
    list_filter = ("kind", ("expires_at", admin.EmptyFieldListFilter))
    list_select_related = ("account__team",)
    search_help_text = "grant_…, tr_…, team_… or the name of a team"
    team_column = "account"
    found_by: ClassVar = {"grant_": "pk", "tr_": "transfer_id"}
    fields = (
        ("id", "kind", "state"),
        ("account", "transfer"),
        ("amount_credits", "remaining_credits"),
        "priority",
        ("effective_at", "expires_at"),
    )
    readonly_fields = ("amount_credits", "remaining_credits", "state")
    amount_credits = in_credits("amount", "Credits received")
    remaining_credits = in_credits("remaining", "Credits left")

    @display(description="Team")
    def team(self, grant: Grant) -> str:
        """Who has it."""
        return str(grant.account.team)

    @display(description="State", label={"live": "success", "expired": "warning"})
    def state(self, grant: Grant) -> str:
        """In a word."""
        if not grant.remaining:
            return "used up"
        if grant.expires_at is not None and grant.expires_at <= timezone.now():
            return "expired"
        return "live"


class CancelForm(forms.Form):
    """Why."""

    reason = reason_field("The audit log keeps it with your name; the team reads it there.")


@admin.register(ScheduledGrant)
class ScheduledGrantAdmin(LedgerAdmin):
    """Credit that begins later, and what became of it."""

    list_display = ("id", "team", "kind", "amount_credits", "state", "effective_at", "expires_at")
    list_filter = ("kind", ("grant", admin.EmptyFieldListFilter))
    list_select_related = ("account__team",)
    search_help_text = "sgr_…, grant_…, team_… or the name of a team"
    team_column = "account"
    found_by: ClassVar = {"sgr_": "pk", "grant_": "grant_id"}
    fields = (
        ("id", "kind", "state"),
        ("account", "grant"),
        ("amount_credits", "priority"),
        ("effective_at", "expires_at"),
        ("reference", "note"),
        ("made_by", "created_at", "cancelled_at"),
    )
    readonly_fields = ("amount_credits", "state")
    actions_detail: ClassVar = ["cancel"]
    amount_credits = in_credits("amount", "Credits")

    @display(description="Team")
    def team(self, promised: ScheduledGrant) -> str:
        """Who gets it."""
        return str(promised.account.team)

    @display(description="State", label={"waits": "info", "begun": "success"})
    def state(self, promised: ScheduledGrant) -> str:
        """In a word."""
        if promised.cancelled_at is not None:
            return "cancelled"
        return "waits" if promised.grant_id is None else "begun"

    def has_cancel_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Who may correct credit, while it has not begun."""
        waits = ScheduledGrant.objects.filter(pk=object_id, grant=None, cancelled_at=None)
        may = request.user.has_perm("billing.change_account")
        return may and (object_id is None or waits.exists())

    @page_action(description="Take it back", url_path="cancel", permissions=["cancel"], icon="undo")
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It never begins."""
        promised = self.get_queryset(request).filter(pk=object_id).first()
        if promised is None:
            raise Http404("There is no such promise.")

        def do(said: Any) -> str:
            cancel(promised.pk, actor=actor_of(request), reason=said["reason"])
            return "Taken back. It never begins."

        question = Question(
            title="Take a promise back",
            about=f"{grouped(promised.amount)} credits for {promised.account.team}",
            words=f"They would begin on {promised.effective_at:%Y-%m-%d %H:%M} UTC.",
            button="Take it back",
            back=reverse("admin:billing_scheduledgrant_change", args=[promised.pk]),
            step_up=True,
            danger=True,
        )
        form = CancelForm(request.POST if request.method == "POST" else None)
        return confirm_page(self, request, question, do, form)
