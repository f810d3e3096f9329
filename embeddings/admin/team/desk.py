"""The operators' page of a team: what is shown in place of Django's form."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.admin.team_acts import page_of, team_or_404
from accounts.admin.teams import TeamAdmin
from accounts.models import Team
from embeddings.admin.team.acts import buttons
from embeddings.admin.team.sheet import sheet_of

admin.site.unregister(Team)


@admin.register(Team)
class TeamDesk(TeamAdmin):
    """Teams, each with everything about it on one page. The form has a page of its own."""

    def get_urls(self) -> list[URLPattern]:
        """The form, which ``accounts`` has at the address of the page."""
        form = self.admin_site.admin_view(super().change_view)
        return [
            path("<path:object_id>/edit/", form, name="accounts_team_edit"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page. Whatever is changed is changed elsewhere."""
        team = team_or_404(object_id)
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request, team):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": team.name,
            "opts": self.opts,
            "original": team,
            "team": team,
            "sheet": sheet_of(team),
            "buttons": buttons(request, team),
        }
        return TemplateResponse(request, "admin/team/page.html", context)

    def response_post_save_change(self, request: HttpRequest, obj: Team) -> HttpResponseRedirect:
        """Back to the page, not to the list."""
        return HttpResponseRedirect(page_of(obj.pk))
