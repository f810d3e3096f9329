"""Usage, to read: minutes of teams and days of keys."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from billing.admin.base import LedgerAdmin, in_credits, of_key
from billing.amounts import grouped
from billing.models import (
    HoldStatus,
    KeyDay,
    Price,
    UsageBucket,
    UsageRollup,
    UsageUserDay,
    UsageUserTotal,
)
from billing.models.usage import Sums


class PricedModel(admin.SimpleListFilter):
    """By model. The names come from the prices: there are few, and millions of usage rows."""

    title = "model"
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """Every model that ever had a price."""
        slugs = Price.objects.order_by("model").values_list("model", flat=True).distinct()
        return [(slug, slug) for slug in slugs]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen one."""
        return queryset.filter(model=self.value()) if self.value() else queryset


class EndedHow(admin.SimpleListFilter):
    """By how the requests ended."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The three ends."""
        ends = (HoldStatus.SETTLED, HoldStatus.RELEASED, HoldStatus.FAILED)
        return [(end.value, end.label) for end in ends]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen one."""
        return queryset.filter(status=self.value()) if self.value() else queryset


class _ByKey(LedgerAdmin):
    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Keys are found through their team."""
        return of_key(queryset, text) if text.startswith("key_") else super().find(queryset, text)


_SUMS = (
    "requests",
    ("tokens_text", "tokens_visual", "tokens_video"),
    ("text_credits", "visual_credits", "video_credits", "charged_credits"),
)


class _Usage(_ByKey):
    """Sums equal to the ledger. The customer's own user names are not shown."""

    list_filter: ClassVar[Any] = (EndedHow, PricedModel)
    list_select_related = ("team",)
    search_help_text = "team_…, key_… or the name of a team"
    readonly_fields = ("text_credits", "visual_credits", "video_credits", "charged_credits")
    text_credits = in_credits("charged_text", "Credits, text")
    visual_credits = in_credits("charged_visual", "Credits, visual")
    video_credits = in_credits("charged_video", "Credits, video")

    @admin.display(description="Tokens")
    def tokens(self, row: Sums) -> str:
        """All modalities."""
        return f"{row.tokens_text + row.tokens_visual + row.tokens_video:,}"

    @admin.display(description="Credits charged")
    def charged_credits(self, row: Sums) -> str:
        """All modalities."""
        return grouped(row.charged_text + row.charged_visual + row.charged_video)


_SHOWN = ("team", "api_key_id", "model", "status", "requests", "tokens", "charged_credits")


@admin.register(UsageBucket)
class UsageBucketAdmin(_Usage):
    """Sums by the minute."""

    list_display = ("minute", *_SHOWN)
    fields = (("minute", "team"), ("api_key_id", "api_version"), ("model", "status"), *_SUMS)


@admin.register(UsageRollup)
class UsageRollupAdmin(_Usage):
    """The same by the hour and the day, as reports read them."""

    list_display = ("start", "width", *_SHOWN)
    fields = (
        ("start", "width", "team"),
        ("api_key_id", "api_version"),
        ("model", "status"),
        *_SUMS,
    )


@admin.register(UsageUserDay)
class UsageUserDayAdmin(_Usage):
    """The same by the day, one row for each user, who is not shown."""

    list_display = ("day", *_SHOWN)
    fields = (("day", "team"), ("api_key_id", "api_version"), ("model", "status"), *_SUMS)


@admin.register(UsageUserTotal)
class UsageUserTotalAdmin(_Usage):
    """The same of all keys, models, versions and ends together."""

    list_filter = ()
    list_display = ("day", "team", "requests", "tokens", "charged_credits")
    fields = (("day", "team"), *_SUMS)


@admin.register(KeyDay)
class KeyDayAdmin(_ByKey):
    """What each key has spent or holds on each day; the limits of keys are sums over these."""

    list_display = ("date", "team", "api_key_id", "used_credits")
    list_select_related = ("team",)
    search_help_text = "team_…, key_… or the name of a team"
    fields = (("date", "team"), ("api_key_id", "used_credits"))
    readonly_fields = ("date", "used_credits")
    used_credits = in_credits("used", "Credits spent and held")

    @admin.display(description="Day (UTC)")
    def date(self, row: KeyDay) -> str:
        """The day of the holds."""
        return f"{row.day:%Y-%m-%d}"
