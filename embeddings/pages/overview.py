"""The overview: what a team has, how long it lasts, what it was spent on, what needs attention."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from embeddings.pages.figures import BY, figures_of


@team_page(May.READ)
def overview(request: TeamRequest) -> HttpResponse:
    """One team at a glance. ``?by=`` is what the columns are split by."""
    asked = request.GET.get("by")
    by = asked if asked in BY else BY[0]
    context = {"figures": figures_of(request.team, by), "by": by}
    return render(request, "dashboard/overview.html", context)
