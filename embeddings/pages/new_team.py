"""Making a team: its name, then its first key, which is shown this once."""

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import teams_of
from accounts.models import User
from accounts.models.teams import TEAM_NAME_CHARACTERS_MAX
from aurous.kernel.errors import AurousError
from aurous.ui.forms import PageForm
from aurous.ui.once import already_done, spent
from billing.teams import start_team


class TeamForm(PageForm):
    """A name."""

    name = forms.CharField(
        label="Name of the team",
        help_text="Your company or project. It can be changed later.",
        max_length=TEAM_NAME_CHARACTERS_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def new_team(request: HttpRequest) -> HttpResponse:
    """Ask for the name; make the team and show its key."""
    assert isinstance(request.user, User)  # login_required
    form = TeamForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if spent(request):
            return already_done(request, "home")
        try:
            team, key = start_team(form.cleaned_data["name"], request.user)
        except AurousError as error:
            form.refuse(error)
        else:
            return render(request, "dashboard/team_made.html", {"made": team, "key": key.text})
    first = not teams_of(request.user).exists()
    return render(request, "dashboard/new_team.html", {"form": form, "first": first})
