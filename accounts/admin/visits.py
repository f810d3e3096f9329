"""Which operator looked at whose dashboard, to read."""

from django.contrib import admin

from accounts.admin.base import ModelAdmin, NothingToWrite
from accounts.models import Visit


@admin.register(Visit)
class VisitAdmin(NothingToWrite, ModelAdmin):
    """Looks at dashboards. Asked for on a team's page."""

    list_display = ("asked_at", "operator", "team", "reason", "began_at", "ended_at", "end")
    list_filter = ("end",)
    list_select_related = ("operator", "team")
    search_fields = ("operator__email", "team__id", "team__name", "reason")
    ordering = ("-id",)
    fields = (
        ("id", "operator", "team"),
        "reason",
        ("asked_at", "link_ends_at"),
        ("began_at", "ends_at"),
        ("ended_at", "end"),
    )
