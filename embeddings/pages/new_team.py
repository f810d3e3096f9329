"""Making a team: its name, and its maker owns it."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.actors import user_actor
from accounts.models import User
from accounts.models.teams import TEAM_NAME_CHARACTERS_MAX
from billing.teams import open_team


class TeamForm(forms.Form):
    """A name."""

    name = forms.CharField(
        label="Name of the team",
        max_length=TEAM_NAME_CHARACTERS_MAX,
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "organization"}),
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new_team(request: HttpRequest) -> HttpResponse:
    """Ask for the name, make the team, and go there."""
    assert isinstance(request.user, User)  # login_required
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        team, _key = open_team(
            form.cleaned_data["name"],
            owner_email=request.user.email,
            credits_nano=0,
            actor=user_actor(request.user),
        )
        return redirect("overview", team_id=team.id)
    return render(request, "dashboard/new_team.html", {"form": form})
