"""The overview: what a team has, what it spent, on what, and how to send the next request."""

from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from embeddings.pages.figures import figures_of


@team_page(May.READ)
def overview(request: TeamRequest) -> HttpResponse:
    """One team at a glance."""
    return render(request, "pages/overview.html", {"figures": figures_of(request.team)})
