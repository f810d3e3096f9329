"""Prices: read as a history, set on a page of their own, superseded rather than edited."""

from typing import Any, ClassVar

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import BooleanField, Exists, ExpressionWrapper, Model, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from unfold.decorators import display

from accounts.admin.base import ModelAdmin
from aurous.kernel.clock import database_now
from aurous.kernel.money import credits_per_million
from billing import prices
from billing.admin.base import page_action
from billing.admin.price_acts import end_page, withdraw_page
from billing.admin.price_history import history_page
from billing.admin.price_page import price_page
from billing.models import Price


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
    actions_detail: ClassVar = ["withdraw", "end_own", "over_time"]
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
        """No: one that has not begun is taken back, with a reason."""
        return False

    def has_withdraw_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Django's own right to delete a price, where nobody can have been charged it yet."""
        coming = Price.objects.filter(pk=object_id, effective_at__gt=prices.withdrawable_from())
        may = request.user.has_perm("billing.delete_price")
        return may and (object_id is None or coming.exists())

    def has_end_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """May set prices; for a price of a team."""
        own = Price.objects.filter(pk=object_id, team__isnull=False, back_to_list=False)
        return self.has_add_permission(request) and (object_id is None or own.exists())

    @page_action(
        description="Take it back", url_path="withdraw", permissions=["withdraw"], icon="undo"
    )
    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Before it begins."""
        return withdraw_page(self, request, self._price(request, object_id))

    @page_action(
        description="Back to everybody's price", url_path="end", permissions=["end"], icon="flag"
    )
    def end_own(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """From a moment on."""
        return end_page(self, request, self._price(request, object_id))

    @page_action(
        description="Over time", url_path="over-time", permissions=["view"], icon="timeline"
    )
    def over_time(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All prices of this model for whom this one is."""
        return history_page(self, request, self._price(request, object_id))

    def _price(self, request: HttpRequest, object_id: str) -> Price:
        price: Price | None = self.get_queryset(request).filter(pk=object_id).first()
        if price is None:
            raise Http404("There is no such price.")
        return price

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A page of our own: ``set_price`` is a transaction, which Django's page would wrap."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return price_page(self, request)


def _or_none(nano: int | None) -> str:
    return "not taken" if nano is None else credits_per_million(nano)
