"""A team's name and id, and the ways out of it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import teams
from accounts.members import is_last_owner
from accounts.models.teams import TEAM_NAME_CHARACTERS_MAX
from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError
from aurous.ui.forms import PageForm


class NameForm(PageForm):
    """Another name."""

    name = forms.CharField(
        label="Name of the team",
        max_length=TEAM_NAME_CHARACTERS_MAX,
        help_text="Seen by its members, and in the API's answer about the team.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


@team_page(May.READ, post=May.SETTINGS)
def team_settings(request: TeamRequest) -> HttpResponse:
    """What the team is; POST renames it."""
    data: Any = request.POST or None
    form = NameForm(data, initial={"name": request.team.name})
    if request.method == "POST" and form.is_valid():
        try:
            teams.rename(request.team.id, form.cleaned_data["name"], actor=request.actor)
        except AurousError as error:
            form.refuse(error)
        else:
            messages.success(request, "The name was changed.")
            return redirect("team-settings", team_id=request.team.id)
    context = {"form": form, "is_last_owner": is_last_owner(request.membership)}
    return render(request, "dashboard/team_settings.html", context)
