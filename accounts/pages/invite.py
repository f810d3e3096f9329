"""Asking somebody into the team, sending the mail again, taking it back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import invitations
from accounts.invitations import EMAIL_CHARACTERS_MAX, VALID_DAYS, Sent
from accounts.models import Role
from accounts.pages.door import TeamRequest, team_page
from accounts.pages.role_field import role_field
from accounts.roles import May
from aurous.kernel.errors import AurousError
from aurous.ui.forms import PageForm


class InviteForm(PageForm):
    """An address and a role."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=EMAIL_CHARACTERS_MAX,
        help_text=f"They get a link that works for {VALID_DAYS} days, for this address only.",
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, request: TeamRequest, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"role": Role.DEVELOPER})
        super().__init__(*args, **kwargs)
        self.fields["role"] = role_field(request)


@team_page(May.MEMBERS, post=May.MEMBERS)
def members_invite(request: TeamRequest) -> HttpResponse:
    """The form as a page, and where the sheet of the list posts to."""
    form = InviteForm(request, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = invitations.invite(request.team.id, **form.cleaned_data, by=request.user)
        except AurousError as error:
            form.refuse(error)
        else:
            return _told(request, sent)
    return render(request, "dashboard/members/invite.html", {"form": form})


@team_page(May.MEMBERS, post=May.MEMBERS)
def members_resend(request: TeamRequest, invitation_id: str) -> HttpResponse:
    """A new link by mail; a GET leads back to the list."""
    if request.method != "POST":
        return redirect("members", team_id=request.team.id)
    try:
        sent = invitations.resend(request.team.id, invitation_id, by=request.user)
    except AurousError as error:
        if error.code == "resource_not_found":
            raise
        messages.warning(request, error.message)
        return redirect("members", team_id=request.team.id)
    return _told(request, sent)


@team_page(May.MEMBERS, post=May.MEMBERS)
def members_revoke(request: TeamRequest, invitation_id: str) -> HttpResponse:
    """The link opens nothing any more; a GET leads back to the list."""
    if request.method == "POST":
        gone = invitations.revoke(request.team.id, invitation_id, by=request.user)
        messages.success(request, f"The invitation of {gone.email} was taken back.")
    return redirect("members", team_id=request.team.id)


def _told(request: TeamRequest, sent: Sent) -> HttpResponse:
    email = sent.invitation.email
    if sent.delivered:
        messages.success(request, f"The invitation was sent to {email}.")
    else:
        messages.warning(
            request,
            f"{email} is invited, but the mail could not be sent. Send it again in a minute; "
            "if that fails too, tell the operator of this installation.",
        )
    return redirect("members", team_id=request.team.id)
