"""One key: everything about it, and what can be done to it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import api_keys
from accounts.access import api_key_for
from accounts.api_keys import ROLL_HOURS_DEFAULT, ROLL_OVERLAP_HOURS
from accounts.pages.confirm import NameTyped
from accounts.pages.door import TeamRequest, ask_who_it_is, team_page
from accounts.roles import May
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.ui.forms import PageForm
from aurous.ui.once import already_done, spent
from embeddings.pages.keys.form import KeyForm
from embeddings.pages.keys.listing import shown_once
from embeddings.pages.keys.rows import KeyRow, key_rows

_OVERLAPS = {
    0: "Not at all: programs with it fail at once",
    1: "1 hour",
    24: "24 hours",
    168: "7 days",
}


class RollForm(PageForm):
    """How long the secret of before stays good."""

    overlap_hours = forms.TypedChoiceField(
        label="The old secret goes on working for",
        coerce=int,
        initial=ROLL_HOURS_DEFAULT,
        choices=[(hours, _OVERLAPS[hours]) for hours in ROLL_OVERLAP_HOURS],
        widget=forms.RadioSelect,
    )


@team_page(May.READ)
def keys_one(request: TeamRequest, key_id: str) -> HttpResponse:
    """Rules, use and secrets."""
    return _page(request, "one", _row(request, key_id))


@team_page(May.KEYS, post=May.KEYS)
def keys_edit(request: TeamRequest, key_id: str) -> HttpResponse:
    """Name, scope and rules."""
    row = _live(request, key_id)
    form = KeyForm(request.POST or None, row.key)
    if request.method == "POST" and form.is_valid():
        try:
            api_keys.change(request.team.id, key_id, actor=request.actor, **form.changes())
        except AurousError as error:
            _unless_missing(error)
            form.refuse(error)
        else:
            messages.success(request, "The key was changed. It works everywhere within 5 seconds.")
            return redirect("keys-one", team_id=request.team.id, key_id=key_id)
    return _page(request, "edit", row, form=form)


@team_page(May.KEYS, post=May.KEYS)
def keys_roll(request: TeamRequest, key_id: str) -> HttpResponse:
    """A new secret, shown once; the old one may go on for a while."""
    row = _live(request, key_id)
    form = RollForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if spent(request):
            return already_done(request, "keys-one", request.team.id, key_id)
        made = api_keys.roll(
            request.team.id,
            key_id,
            actor=request.actor,
            overlap_hours=form.cleaned_data["overlap_hours"],
        )
        return shown_once(request, made, heading="The new secret")
    return _page(request, "roll", row, form=form)


@team_page(May.KEYS, post=May.KEYS)
def keys_revoke(request: TeamRequest, key_id: str) -> HttpResponse:
    """The end of a key, once its name was typed and the password or passkey shown anew."""
    row = _live(request, key_id)
    label = f"Type {row.key.name} to go on"
    form = NameTyped(request.POST or None, wanted=row.key.name, label=label)
    if request.method == "POST" and form.is_valid():
        ask_who_it_is(request)
        api_keys.revoke(request.team.id, key_id, actor=request.actor)
        messages.success(request, f"{row.key.name} was revoked.")
        return redirect("keys-one", team_id=request.team.id, key_id=key_id)
    return _page(request, "revoke", row, form=form)


def _row(request: TeamRequest, key_id: str) -> KeyRow:
    key = api_key_for(request.team.id, key_id)
    (row,) = key_rows([key], database_now(connection))
    return row


def _live(request: TeamRequest, key_id: str) -> KeyRow:
    row = _row(request, key_id)
    if not row.is_live:
        raise AurousError("resource_not_found", f"The API key {key_id!r} was revoked.")
    return row


def _unless_missing(error: AurousError) -> None:
    """A key that is gone meanwhile has no form: the door answers."""
    if error.code == "resource_not_found":
        raise error


def _page(request: TeamRequest, name: str, row: KeyRow, **more: Any) -> HttpResponse:
    context = {"row": row, "key": row.key, "today": database_now(connection), **more}
    return render(request, f"dashboard/keys/{name}.html", context)
