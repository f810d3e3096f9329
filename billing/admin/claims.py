"""Idempotency claims, to read: which key stands for which request, never the answer itself."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from accounts.models import IdempotencyClaim
from billing.admin.base import LedgerAdmin, teams_named


@admin.register(IdempotencyClaim)
class IdempotencyClaimAdmin(LedgerAdmin):
    """Kept for a day. The stored answer and the fingerprint of the body are not even read."""

    list_display = ("key", "team", "state", "hold_id", "created_at")
    list_filter = (("completed_at", admin.EmptyFieldListFilter),)
    list_select_related = ("team",)
    search_help_text = "emb_…, team_…, the whole key or the name of a team"
    found_by: ClassVar = {"emb_": "hold_id"}
    fields = (
        ("key", "state"),
        ("team", "hold_id"),
        ("method", "path", "version"),
        ("created_at", "completed_at"),
    )
    readonly_fields = ("state",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Without the bytes: they hold a vector."""
        return super().get_queryset(request).defer("reply", "fingerprint")

    @display(description="State", label={"answered": "success", "running": "info"})
    def state(self, claim: IdempotencyClaim) -> str:
        """In a word."""
        return "answered" if claim.completed_at else "running"

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """A key can be any text, so that a name is looked for as both."""
        if text.startswith(("team_", "emb_")):
            return super().find(queryset, text)
        return queryset.filter(Q(key=text) | Q(team__in=teams_named(text)))
