"""One member: their role, and taking them out of the team."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import people
from accounts.access import member_for
from accounts.members import is_last_owner
from accounts.models import Membership
from accounts.pages.confirm import NameTyped
from accounts.pages.door import TeamRequest, team_page
from accounts.pages.members import may_touch, people_with_second_factor
from accounts.pages.role_field import role_field
from accounts.roles import May
from aurous.kernel.errors import AurousError
from aurous.ui.forms import PageForm


class RoleForm(PageForm):
    """Another role."""

    def __init__(self, request: TeamRequest, membership: Membership, *args: Any) -> None:
        super().__init__(*args, initial={"role": membership.role})
        self.fields["role"] = role_field(request)


@team_page(May.MEMBERS, post=May.MEMBERS)
def members_one(request: TeamRequest, user_id: int) -> HttpResponse:
    """A person with what may be done to them; POST changes the role."""
    membership = member_for(request.team.id, user_id)
    form = RoleForm(request, membership, request.POST or None)
    if request.method == "POST" and form.is_valid():
        role = form.cleaned_data["role"]
        try:
            changed = people.set_role(request.team.id, user_id, role, by=request.user)
        except AurousError as error:
            form.refuse(error)
        else:
            label = changed.get_role_display().lower()
            messages.success(request, f"{membership.user.email} is {label} now.")
            return redirect("members", team_id=request.team.id)
    return _page(request, membership, form, _removal(membership))


@team_page(May.MEMBERS, post=May.MEMBERS)
def members_remove(request: TeamRequest, user_id: int) -> HttpResponse:
    """Take them out, once their address was typed; a GET leads to their page."""
    membership = member_for(request.team.id, user_id)
    if request.method != "POST":
        return redirect("members-one", team_id=request.team.id, user_id=user_id)
    form: forms.Form = _removal(membership, request.POST)
    if form.is_valid():
        try:
            people.remove(request.team.id, user_id, by=request.user)
        except AurousError as error:
            form.add_error("typed", error.message)
        else:
            messages.success(request, f"{membership.user.email} is no member any more.")
            mine = user_id == request.user.pk
            return redirect("home") if mine else redirect("members", team_id=request.team.id)
    return _page(request, membership, RoleForm(request, membership), form)


def _removal(membership: Membership, data: Any = None) -> NameTyped:
    label = f"Type {membership.user.email} to go on"
    return NameTyped(data, wanted=membership.user.email, label=label, prefix="remove")


def _page(
    request: TeamRequest, membership: Membership, form: forms.Form, removal: forms.Form
) -> HttpResponse:
    context = {
        "membership": membership,
        "form": form,
        "removal": removal,
        "is_me": membership.user_id == request.user.pk,
        "may_touch": may_touch(request, membership.role),
        "is_last_owner": is_last_owner(membership),
        "has_second_factor": bool(people_with_second_factor([membership.user_id])),
    }
    return render(request, "dashboard/members/one.html", context)
