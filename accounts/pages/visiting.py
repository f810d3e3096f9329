"""An operator in a team's pages: what the door shows them, and what it refuses."""

from collections.abc import Callable
from typing import Any, cast

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from accounts import visits
from accounts.actors import user_actor
from accounts.models import Membership, Role, Visit
from accounts.roles import May
from aurous.http.exchange import exchange_of

VISIT = "visit"  # in the session
# What a visitor sees: all that a viewer does, and what happened to the team.
VISITOR = frozenset({May.READ, May.AUDIT})
SAFE = ("GET", "HEAD")


def visit_in(request: HttpRequest, team_id: str) -> Visit | None:
    """The visit that this browser carries, if it is to this team and lasts.

    Whoever is logged in here as somebody else does not carry the operator's visit.
    """
    visit_id = request.session.get(VISIT)
    if not visit_id:
        return None
    visit = visits.current(visit_id)
    user = request.user
    if visit is None or (user.is_authenticated and user.pk != visit.operator_id):
        del request.session[VISIT]
        return None
    return visit if visit.team_id == team_id else None


def shown_to_visitor(
    request: HttpRequest, visit: Visit, may: May, show: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """A page as the team sees it. Refused is what writes, and what is no page: files of a team's
    rows are its own to take away, and other sites are not for operators.
    """
    visitor: Any = request
    visitor.user = visit.operator
    visitor.visit, visitor.team = visit, visit.team
    visitor.membership = Membership(team=visit.team, user=visit.operator, role=Role.VIEWER)
    visitor.allowed, visitor.actor = VISITOR, user_actor(visit.operator)
    exchange_of(request).operator = str(visit.operator_id)
    with structlog.contextvars.bound_contextvars(operator=visit.operator_id, visit=visit.pk):
        if request.method not in SAFE or may not in VISITOR:
            return _refused(request)
        answer = show()
        # A file that nobody reads was never begun. Closing it would end this request.
        return answer if _is_page(answer) else _refused(request)


def _is_page(answer: HttpResponseBase) -> bool:
    if answer.status_code in (301, 302, 303, 307, 308):
        place = answer.headers["Location"]
        return place.startswith("/") and not place.startswith("//")
    kind = answer.headers.get("Content-Type", "")
    return kind.startswith("text/html") and "Content-Disposition" not in answer.headers


def _refused(request: HttpRequest) -> HttpResponseBase:
    return render(request, "dashboard/visit_refused.html", status=403)


def link_of(token: str) -> str:
    """Where a visit begins: on the host of the dashboard, which need not be the admin's."""
    path = reverse("visit", args=[token], urlconf=settings.ROOT_URLCONF)
    return f"{settings.AUROUS_PUBLIC_URL}{path}" if admin_host() else path


def admin_url(team_id: str) -> str:
    """The operators' page of a team, wherever the admin lives."""
    name = "admin:accounts_team_change"
    path = reverse(name, args=[team_id], urlconf=settings.ROOT_URLCONF)
    host = admin_host()
    if not host:
        return path
    scheme = settings.AUROUS_PUBLIC_URL.partition("://")[0]
    return f"{scheme}://{host}{path}"


def admin_host() -> str:
    """The admin's own host, "" where it is the dashboard's."""
    return cast(str, getattr(settings, "ADMIN_HOST", ""))
