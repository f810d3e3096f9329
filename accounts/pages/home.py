"""``/``: to the team that this browser last looked at, or to making the first one."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import teams_of
from accounts.models import User
from accounts.pages.door import LAST_TEAM


@never_cache
@login_required
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Somewhere useful."""
    assert isinstance(request.user, User)  # login_required
    mine = [team.id for team in teams_of(request.user)]
    if not mine:
        return redirect("new-team")
    last = request.session.get(LAST_TEAM)
    return redirect("overview", team_id=last if last in mine else mine[0])
