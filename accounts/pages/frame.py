"""What the frame around each page needs: a context processor, which reads what is shown only."""

from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.access import teams_of
from accounts.pages.door import TeamRequest
from accounts.pages.navigation import entries
from accounts.pages.suspension import why_suspended

THEMES = ("light", "dark")  # anything else: as the browser prefers
TIMES = ("local", "utc")


def frame(request: HttpRequest) -> dict[str, Any]:
    """Theme and times as this browser chose; on a team's page the team, its places and others."""
    theme = request.COOKIES.get("aurous_theme", "")
    times = request.COOKIES.get("aurous_times", "local")
    context: dict[str, Any] = {
        "theme": theme if theme in THEMES else "",
        "signup_open": settings.AUROUS_SIGNUP_OPEN,
        "times": times if times in TIMES else "local",
    }
    if hasattr(request, "membership"):  # the door let somebody in
        member = cast(TeamRequest, request)
        context |= {
            "team": member.team,
            "role": member.membership.get_role_display(),
            "may": {one.name for one in member.allowed},
            "why_suspended": SimpleLazyObject(lambda: why_suspended(member.team)),
            "places": SimpleLazyObject(lambda: entries(member)),
            "my_teams": SimpleLazyObject(lambda: list(teams_of(member.user))),
            "visit": getattr(request, "visit", None),
        }
    return context
