"""The ledger, to read."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet

from billing.admin.base import LedgerAdmin, Recent, in_credits
from billing.amounts import signed
from billing.models import Transfer, hold_model


class RecentTransfers(Recent):
    """By the time of writing."""

    column = "recorded_at"
    prefix = "tr"


@admin.register(Transfer)
class TransferAdmin(LedgerAdmin):
    """Every movement of credit. The database refuses to change one; nothing here offers it."""

    list_display = (
        "recorded_at",
        "team",
        "kind",
        "amount_credits",
        "balance_credits",
        "reference",
        "note",
    )
    list_filter = ("kind", RecentTransfers)
    list_select_related = ("account__team",)
    search_help_text = "tr_…, emb_…, req_…, team_…, a reference or the name of a team"
    team_column = "account__team"
    found_by: ClassVar = {"tr_": "pk"}
    fields = (
        ("id", "kind"),
        ("account", "sequence"),
        ("amount_credits", "balance_credits"),
        ("debit", "credit"),
        ("reference", "request_id"),
        "note",
        ("occurred_at", "recorded_at"),
        "hash",
    )
    readonly_fields = ("amount_credits", "balance_credits")
    balance_credits = in_credits("balance_after", "Balance after, credits")

    @admin.display(description="Team")
    def team(self, transfer: Transfer) -> str:
        """Whose account it touches."""
        return str(transfer.account.team)

    @admin.display(description="Credits")
    def amount_credits(self, transfer: Transfer) -> str:
        """What it adds to the team's balance."""
        return signed(transfer.signed_nano)

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """A charge is known by its request; everything else by its reference."""
        if text.startswith("team_"):  # the account has the team's id, and the index
            return queryset.filter(account=text)
        if text.startswith("req_"):
            holds = hold_model()._default_manager.filter(request_id=text)
            return queryset.filter(reference__in=[f"inference:{hold.pk}" for hold in holds])
        if text.startswith("emb_"):
            return queryset.filter(reference=f"inference:{text}")
        if ":" in text:
            return queryset.filter(reference=text)
        return super().find(queryset, text)
