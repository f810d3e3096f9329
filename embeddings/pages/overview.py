"""The overview: what a team has, what it spent, on what, and how to send the next request."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import teams_of
from accounts.models import User
from embeddings.pages.figures import figures_of
from embeddings.pages.security import private_page


@private_page
@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """One team of the person's: ``?team=`` says which, else the first by name."""
    assert isinstance(request.user, User)  # login_required
    teams = list(teams_of(request.user))
    wanted = request.GET.get("team")
    chosen = [team for team in teams if not wanted or team.pk == wanted]
    if wanted and not chosen:
        raise Http404  # another team's page does not exist
    if not chosen:
        return render(request, "pages/no_team.html")
    team = chosen[0]
    context = {"teams": teams, "team": team, "figures": figures_of(team)}
    return render(request, "pages/overview.html", context)
