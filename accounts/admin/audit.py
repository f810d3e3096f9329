"""The audit log, to read."""

from django.contrib import admin

from accounts.admin.base import ModelAdmin, NothingToWrite
from accounts.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(NothingToWrite, ModelAdmin):
    """The audit log. Nobody writes here; the database would refuse it too."""

    list_display = ("created_at", "action", "team", "target", "actor_label", "actor_kind")
    list_filter = ("actor_kind", "action")
    list_select_related = ("team",)
    search_fields = ("target", "actor_label", "actor_id", "team__id", "team__name")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-id")
    fields = (
        "created_at",
        "action",
        "team",
        "target",
        ("actor_kind", "actor_id", "actor_label"),
        "data",
    )
