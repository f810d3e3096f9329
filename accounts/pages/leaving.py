"""Leaving a team, and handing it over to somebody else."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import people
from accounts.access import memberships_of
from accounts.members import is_last_owner
from accounts.pages.confirm import NameTyped
from accounts.pages.door import LAST_TEAM, TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError


class HandOverForm(NameTyped):
    """To whom, and the name of the team."""

    member = forms.TypedChoiceField(label="New owner", coerce=int)
    field_order = ("member", "typed")

    def __init__(self, request: TeamRequest, *args: Any) -> None:
        label = f"Type {request.team.name} to go on"
        super().__init__(*args, wanted=request.team.name, label=label)
        others = memberships_of(request.team.id).exclude(user=request.user)
        choices = [(one.user_id, f"{one.user.email} ({one.get_role_display()})") for one in others]
        member = self.fields["member"]
        assert isinstance(member, forms.TypedChoiceField)
        member.choices = [("", "Choose a member"), *choices]
        self.has_others = bool(choices)


@team_page(May.READ, post=May.READ)
def members_leave(request: TeamRequest) -> HttpResponse:
    """What leaving means; POST leaves."""
    label = f"Type {request.team.name} to go on"
    form = NameTyped(request.POST or None, wanted=request.team.name, label=label)
    if request.method == "POST" and form.is_valid():
        try:
            people.leave(request.team.id, by=request.user)
        except AurousError as error:
            form.add_error("typed", error.message)
        else:
            request.session.pop(LAST_TEAM, None)
            messages.success(request, f"You left {request.team.name}.")
            return redirect("home")
    context = {"form": form, "is_last_owner": is_last_owner(request.membership)}
    return render(request, "dashboard/members/leave.html", context)


@team_page(May.OWNERSHIP, post=May.OWNERSHIP, step_up=True)
def members_transfer(request: TeamRequest) -> HttpResponse:
    """Make somebody an owner in one's own place."""
    form = HandOverForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.hand_over(request.team.id, form.cleaned_data["member"], by=request.user)
        except AurousError as error:
            form.refuse(error)
        else:
            messages.success(request, f"{request.team.name} has a new owner. You are admin now.")
            return redirect("members", team_id=request.team.id)
    return render(request, "dashboard/members/transfer.html", {"form": form})
