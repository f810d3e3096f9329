"""API keys and their secrets: to look at and to revoke."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import api_keys
from accounts.admin.base import ModelAdmin, NothingToWrite, TabularInline, actor_of
from accounts.models import ApiKey, ApiKeySecret
from aurous.kernel.money import credits_text


class SecretInline(NothingToWrite, TabularInline):
    """The secrets of a key: which there are and until when, never what they are."""

    model = ApiKeySecret
    fields = readonly_fields = (
        "hint",
        "pepper_version",
        "created_at",
        "expires_at",
        "last_used_at",
    )
    extra = 0


@admin.register(ApiKey)
class ApiKeyAdmin(NothingToWrite, ModelAdmin):
    """Keys, to look at and to revoke. Made by their owners, or by ``manage.py issue_key``."""

    list_display = ("name", "id", "team", "scope", "state", "last_used_at", "created_at")
    list_filter = ("scope", ("revoked_at", admin.EmptyFieldListFilter))
    list_select_related = ("team",)
    search_fields = ("id", "name", "team__id", "team__name", "secrets__head", "secrets__tail")
    ordering = ("-created_at", "-id")
    fields = (
        ("id", "team"),
        ("name", "scope"),
        ("expires_at", "revoked_at"),
        ("models", "cidrs"),
        ("limit_day", "limit_month", "limit_total", "rpm"),
        ("created_by", "created_at", "last_used_at"),
    )
    readonly_fields = ("limit_day", "limit_month", "limit_total")
    inlines = (SecretInline,)
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Who may change keys may end them."""
        return request.user.has_perm("accounts.change_apikey")

    @admin.display(description="State")
    def state(self, key: ApiKey) -> str:
        """In a word."""
        return "revoked" if key.revoked_at else "active"

    @admin.display(description="Credits a day")
    def limit_day(self, key: ApiKey) -> str:
        """In credits."""
        return _credits(key.limit_day_nano)

    @admin.display(description="Credits a month")
    def limit_month(self, key: ApiKey) -> str:
        """In credits."""
        return _credits(key.limit_month_nano)

    @admin.display(description="Credits in all")
    def limit_total(self, key: ApiKey) -> str:
        """In credits."""
        return _credits(key.limit_total_nano)

    @admin.action(description="Revoke the selected keys", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        """End them for good."""
        for key in queryset:
            api_keys.revoke(key.team_id, key.pk, actor=actor_of(request))
        messages.success(request, "Revoked. Every process refuses them within 5 seconds.")


def _credits(nano: int | None) -> str:
    return "no limit" if nano is None else credits_text(nano)


@admin.register(ApiKeySecret)
class ApiKeySecretAdmin(NothingToWrite, ModelAdmin):
    """Every secret: which pepper it was made under, and when it was last used."""

    list_display = ("hint", "api_key", "pepper_version", "created_at", "expires_at", "last_used_at")
    list_filter = ("pepper_version",)
    list_select_related = ("api_key",)
    search_fields = ("head", "tail", "api_key__id")
    ordering = ("-created_at", "-id")
    fields = ("hint", "api_key", "pepper_version", "created_at", "expires_at", "last_used_at")
