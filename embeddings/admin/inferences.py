"""Requests, to read: what became of each, what it cost and how long it took."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from aurous.kernel.money import credits_per_million
from billing.admin.base import LedgerAdmin, Recent, in_credits, of_key
from embeddings.models import CatalogModel, Inference
from embeddings.timing import duration_ms

STATUS_COLOURS = {
    "settled": "success",
    "queued": "info",
    "running": "info",
    "released": "warning",
    "failed": "danger",
}


class RecentInferences(Recent):
    """By the time of the hold."""

    column = "created_at"
    prefix = "emb"


class ServedModel(admin.SimpleListFilter):
    """By model, from the catalog: it is short, the table of requests is not."""

    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Every model of the catalog."""
        return [(slug, slug) for slug in CatalogModel.objects.values_list("slug", flat=True)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen one."""
        return queryset.filter(model=self.value()) if self.value() else queryset


@admin.register(Inference)
class InferenceAdmin(LedgerAdmin):
    """One row a request. The customer's own name for its user is not shown."""

    list_display = (
        "created_at",
        "team",
        "model",
        "state",
        "tokens",
        "charged_credits",
        "duration",
        "error_code",
        "id",
    )
    list_filter = ("status", RecentInferences, ServedModel)
    list_select_related = ("team",)
    search_help_text = "emb_…, req_…, key_…, team_… or the name of a team"
    found_by: ClassVar = {"emb_": "pk", "req_": "request_id"}
    fieldsets = (
        (
            None,
            {"fields": (("id", "state"), ("request_id", "api_version"), ("team", "api_key_id"))},
        ),
        (
            "Money",
            {
                "fields": (
                    ("held_credits", "charged_credits", "exempt"),
                    ("tokens_text", "text_rate"),
                    ("tokens_visual", "visual_rate"),
                    ("tokens_video", "video_rate"),
                )
            },
        ),
        ("Work", {"fields": (("model", "dimensions"), ("error_code", "idempotency_key"))}),
        (
            "Time",
            {
                "fields": (
                    ("created_at", "started_at"),
                    ("ended_at", "deadline_at"),
                    ("queue_ms", "compute_ms", "duration"),
                )
            },
        ),
    )
    readonly_fields = (
        "state",
        "held_credits",
        "charged_credits",
        "text_rate",
        "visual_rate",
        "video_rate",
        "duration",
    )
    held_credits = in_credits("held", "Credits held")
    charged_credits = in_credits("charged", "Credits charged")

    @display(description="Status", label=STATUS_COLOURS)
    def state(self, row: Inference) -> str:
        """Where it stands."""
        return row.status

    @admin.display(description="Tokens")
    def tokens(self, row: Inference) -> str:
        """All modalities."""
        return f"{row.tokens_text + row.tokens_visual + row.tokens_video:,}"

    @admin.display(description="Duration")
    def duration(self, row: Inference) -> str:
        """From the hold to its end."""
        took_ms = duration_ms(row)
        return "" if took_ms is None else f"{took_ms:,} ms"

    @admin.display(description="Text, credits per million")
    def text_rate(self, row: Inference) -> str:
        """The price that the hold pinned."""
        return credits_per_million(row.price_text)

    @admin.display(description="Visual, credits per million")
    def visual_rate(self, row: Inference) -> str:
        """The price that the hold pinned."""
        return credits_per_million(row.price_visual)

    @admin.display(description="Video, credits per million")
    def video_rate(self, row: Inference) -> str:
        """The price that the hold pinned."""
        return credits_per_million(row.price_video)

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Keys are found through their team."""
        return of_key(queryset, text) if text.startswith("key_") else super().find(queryset, text)
