"""Prices: read as a history, set on a page of their own, superseded rather than edited."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, Model, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from accounts import audit
from accounts.admin.base import ModelAdmin, actor_of
from aurous.kernel.clock import database_now
from aurous.kernel.money import credits_per_million
from billing import prices
from billing.admin.price_page import price_page
from billing.models import Price


def _deletable_from() -> datetime:
    """Every process knows a price for a few seconds after it has gone: one that begins sooner
    than that may already be charged.
    """
    return database_now(connection) + timedelta(seconds=2 * settings.CATALOG_CACHE_SECONDS)


@admin.register(Price)
class PriceAdmin(ModelAdmin):
    """What models cost, from when. A price that has begun stays as it is: charges rest on it."""

    list_display = (
        "model",
        "team_or_all",
        "text_credits",
        "visual_credits",
        "video_credits",
        "markup_pct",
        "effective_at",
        "state",
    )
    list_filter = ("model", ("team", admin.EmptyFieldListFilter))
    list_select_related = ("team",)
    search_fields = ("model", "team__id", "team__name")
    search_help_text = "a model, team_… or the name of a team"
    ordering = ("model", "-effective_at", "-pk")
    sortable_by = ()
    actions = None
    fields = (
        ("model", "team_or_all"),
        ("effective_at", "state"),
        ("usd_text", "text_credits"),
        ("usd_visual", "visual_credits"),
        ("usd_video", "video_credits"),
        "markup_pct",
    )
    readonly_fields = ("team_or_all", "state", "text_credits", "visual_credits", "video_credits")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each with whether it has begun, and whether a later one has taken its place."""
        now = database_now(connection)
        later = Price.objects.filter(
            model=OuterRef("model"),
            effective_at__gt=OuterRef("effective_at"),
            effective_at__lte=now,
        )
        rows: QuerySet[Any] = super().get_queryset(request)
        told: QuerySet[Any] = rows.annotate(
            begun=ExpressionWrapper(Q(effective_at__lte=now), BooleanField()),
            superseded=Exists(later.filter(team=OuterRef("team")))
            | (Q(team__isnull=True) & Exists(later.filter(team__isnull=True))),
        )
        return told

    @admin.display(description="For")
    def team_or_all(self, price: Price) -> str:
        """Whose price it is."""
        return price.team.name if price.team else "everybody"

    @admin.display(description="Text, credits per million")
    def text_credits(self, price: Price) -> str:
        """As the customer reads it."""
        return "everybody's" if price.back_to_list else _or_none(price.nano_text)

    @admin.display(description="Visual, credits per million")
    def visual_credits(self, price: Price) -> str:
        """As the customer reads it."""
        return _or_none(price.nano_visual)

    @admin.display(description="Video, credits per million")
    def video_credits(self, price: Price) -> str:
        """As the customer reads it."""
        return _or_none(price.nano_video)

    @display(description="State", label={"in force": "success", "begins later": "info"})
    def state(self, price: Any) -> str:
        """In a word."""
        if not price.begun:
            return "begins later"
        return "superseded" if price.superseded else "in force"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No: set another one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Only one that nobody can have been charged yet."""
        future = isinstance(obj, Price) and obj.effective_at > _deletable_from()
        return future and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Price) -> None:
        """Take back a price that has not begun, unless it began while the page was open."""
        taken, _ = Price.objects.filter(pk=obj.pk, effective_at__gt=_deletable_from()).delete()
        if not taken:
            raise PermissionDenied
        audit.record(
            "price.withdrawn",
            team=obj.team,
            actor=actor_of(request),
            target=obj.model,
            data={"usd_text": str(obj.usd_text), "effective_at": obj.effective_at.isoformat()},
        )
        transaction.on_commit(prices.forget)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A page of our own: ``set_price`` is a transaction, which Django's page would wrap."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return price_page(self, request)


def _or_none(nano: int | None) -> str:
    return "not taken" if nano is None else credits_per_million(nano)
