"""The one door to every page of a team: who asks, which team, and whether they may.

A page that is not opened by ``team_page`` fails the isolation test, which walks all routes.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import resolve
from django.views.decorators.cache import never_cache

from accounts.access import membership_for
from accounts.actors import Actor, user_actor
from accounts.models import Membership, Team, User, Visit
from accounts.pages.visiting import shown_to_visitor, visit_in
from accounts.roles import May, NotAllowed, allowed, roles_that
from aurous.kernel.errors import AurousError

LAST_TEAM = "last_team"  # in the session: where "/" leads


class TeamRequest(HttpRequest):
    """A request of a member for a page of their team."""

    user: User
    team: Team
    membership: Membership
    allowed: frozenset[May]
    actor: Actor  # who the audit log names
    visit: Visit  # only where an operator looks, who is no member and may change nothing


Page = Callable[..., HttpResponseBase]


def team_page(
    may: May, *, post: May | None = None, step_up: bool = False
) -> Callable[[Page], Page]:
    """Open a page at ``/t/<team_id>/…`` to members whose role allows it.

    ``may`` is asked for GET. POST is answered where ``post`` is given, and asked for. ``step_up``:
    a POST needs the password or passkey anew. Somebody who is no member gets 404, a member of too
    small a role 403. A view may let ``resource_not_found`` and ``NotAllowed`` escape to the same
    answers. It is called as ``view(request: TeamRequest, **the other arguments)``.
    """

    def decorate(view: Page) -> Page:
        @login_required
        def entered(request: HttpRequest, team_id: str, **kwargs: Any) -> HttpResponseBase:
            wanted = post if request.method == "POST" else may
            if request.method not in ("GET", "HEAD", "POST") or wanted is None:
                return HttpResponseNotAllowed(["GET", "HEAD", *(["POST"] if post else [])])
            member = _enter(request, team_id)
            if wanted not in member.allowed:
                return refused(member, wanted)
            if step_up and request.method == "POST":
                return _answer(lambda: _stepped_up(view, member, kwargs), member)
            return _answer(lambda: view(member, **kwargs), member)

        @never_cache
        @wraps(view)
        def opened(request: HttpRequest, team_id: str, **kwargs: Any) -> HttpResponseBase:
            visit = visit_in(request, team_id)
            if visit is None:
                return entered(request, team_id, **kwargs)
            visitor = cast(TeamRequest, request)
            return shown_to_visitor(
                request, visit, may, lambda: _answer(lambda: view(visitor, **kwargs), visitor)
            )

        opened.may, opened.post, opened.step_up = may, post, step_up  # type: ignore[attr-defined]
        return opened

    return decorate


def _answer(answer: Callable[[], HttpResponseBase], request: TeamRequest) -> HttpResponseBase:
    """The view's answer; what it lets escape becomes 403 or 404."""
    try:
        return answer()
    except NotAllowed as error:
        return refused(request, error.may)
    except AurousError as error:
        if error.code != "resource_not_found":
            raise
        raise Http404 from error


def _stepped_up(view: Page, member: TeamRequest, kwargs: dict[str, Any]) -> HttpResponseBase:
    """Answer, or have allauth keep the POST, ask who it is, and call the page's door again."""
    try:
        return cast(HttpResponseBase, reauthentication_required(view)(member, **kwargs))
    except ReauthenticationRequired:
        # It goes on at the same path only: what stood behind "?" is kept with the POST.
        member.GET  # noqa: B018 - read before it is taken from the address
        member.META["QUERY_STRING"] = ""
        raise


def _enter(request: HttpRequest, team_id: str) -> TeamRequest:
    member = cast(TeamRequest, request)
    member.resolver_match = resolve(request.path_info)  # another one's, where a POST goes on
    try:
        member.membership = membership_for(member.user, team_id)
    except AurousError as error:
        raise Http404 from error  # another team's page does not exist
    member.team = member.membership.team
    member.allowed = allowed(member.membership.role)
    member.actor = user_actor(member.user)
    if request.session.get(LAST_TEAM) != team_id:
        request.session[LAST_TEAM] = team_id
    return member


def refused(request: TeamRequest, wanted: May) -> HttpResponseBase:
    """403: what the act needs, and who in the team could do it."""
    context = {"wanted": wanted.value, "roles": roles_that(wanted)}
    return render(request, "dashboard/refused.html", context, status=403)


def ask_who_it_is(request: TeamRequest) -> None:
    """``step_up`` for a POST whose object has to be found first, so that none means 404.

    Raises allauth's ``ReauthenticationRequired``, which keeps the POST and goes on with it.
    """
    reauthentication_required(lambda _request: None)(request)
