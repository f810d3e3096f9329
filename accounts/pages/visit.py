"""Where an operator's look at a team's dashboard begins and ends."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import visits
from accounts.models import User, Visit
from accounts.pages.visiting import VISIT, admin_url
from aurous.kernel.errors import AurousError


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, token: str) -> HttpResponse:
    """Say what the link begins; POST begins it.

    Always 200, as with invitations: the address holds the token, and errors are logged with it.
    """
    found = visits.find(token)
    user = request.user if isinstance(request.user, User) else None
    foreign = bool(found and user and user.pk != found.operator_id)
    if request.method == "POST" and found is not None and not foreign:
        try:
            begun = visits.begin(token)
        except AurousError:
            found = None
        else:
            return _entered(request, begun)
    context = {"visit": None, "found": found, "foreign": foreign}
    return render(request, "dashboard/visit.html", context)


def _entered(request: HttpRequest, begun: Visit) -> HttpResponse:
    if not request.user.is_authenticated:  # logging in has given the session a new name already
        request.session.cycle_key()
    request.session[VISIT] = begun.pk
    return redirect("overview", team_id=begun.team_id)


@require_POST
def visit_end(request: HttpRequest) -> HttpResponse:
    """Enough seen: back to the operators' page of the team."""
    visit_id = request.session.pop(VISIT, None)
    open_one = visits.current(visit_id) if visit_id else None
    if open_one is None:
        messages.info(request, "That look at a dashboard was over already.")
        return redirect("home")
    visits.end(open_one)
    back = admin_url(open_one.team_id)
    if back.startswith("/"):
        return redirect(back)
    # The pages' policy lets no form lead to another host: a link does.
    context = {"visit": None, "over": open_one, "back": back}
    return render(request, "dashboard/visit.html", context)
