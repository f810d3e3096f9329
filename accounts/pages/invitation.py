"""Where the link of an invitation leads: log in or sign up, then come in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import invitations
from accounts.access import memberships_of
from accounts.models import User
from aurous.kernel.errors import AurousError


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Explain the invitation to whoever holds its link; POST accepts it.

    Always 200: Django writes the address of an answer with an error to the log, and the address
    holds the token.
    """
    user = request.user if isinstance(request.user, User) else None
    problem = ""
    if request.method == "POST" and user is not None:
        try:
            membership = invitations.accept(token, by=user)
        except AurousError as error:
            problem = error.message
        else:
            messages.success(request, f"You are a member of {membership.team.name} now.")
            return redirect("overview", team_id=membership.team_id)
    found = invitations.find(token)
    members = memberships_of(found.team_id) if found else None
    context = {
        "invitation": found,
        "problem": problem,
        "is_theirs": bool(found and user and user.email == found.email),
        "is_member": bool(members is not None and user and members.filter(user=user).exists()),
    }
    return render(request, "dashboard/invitation.html", context)
