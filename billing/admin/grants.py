"""Grants, to read."""

from typing import ClassVar

from django.contrib import admin
from django.utils import timezone
from unfold.decorators import display

from billing.admin.base import LedgerAdmin, in_credits
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
