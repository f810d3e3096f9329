"""All keys of a team, and making one."""

from django.db import connection
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render

from accounts import api_keys
from accounts.access import api_keys_of
from accounts.api_keys import NewKey
from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.ui.once import already_done, spent
from aurous.ui.paging import page_of
from embeddings.pages.keys.first_call import curl
from embeddings.pages.keys.form import KeyForm
from embeddings.pages.keys.rows import key_rows


@team_page(May.READ)
def keys(request: TeamRequest) -> HttpResponse:
    """The keys that work; with ``?show=all`` also those that do not any more."""
    now = database_now(connection)
    show_all = request.GET.get("show") == "all"
    listed = api_keys_of(request.team.id)
    if not show_all:
        listed = listed.filter(
            Q(expires_at__isnull=True) | Q(expires_at__gt=now), revoked_at__isnull=True
        )
    page = page_of(request, request.team.id, listed, scope="keys")
    rows = key_rows(page.rows, now)
    context = {
        "page": page,
        "rows": rows,
        "show_all": show_all,
        "has_dead_ones": not rows and not show_all and api_keys_of(request.team.id).exists(),
        "today": now,
        "form": KeyForm() if May.KEYS in request.allowed else None,
    }
    return render(request, "dashboard/keys/list.html", context)


@team_page(May.KEYS, post=May.KEYS)
def keys_new(request: TeamRequest) -> HttpResponse:
    """The form as a page, and where the sheet of the list posts to."""
    form = KeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if spent(request):
            return already_done(request, "keys", request.team.id)
        try:
            made = api_keys.create(
                request.team.id,
                name=form.cleaned_data["name"],
                scope=form.cleaned_data["scope"],
                actor=request.actor,
                created_by=request.user,
                **form.options(),
            )
        except AurousError as error:
            form.refuse(error)
        else:
            return shown_once(request, made, heading="Your new key")
    return render(request, "dashboard/keys/new.html", {"form": form})


def shown_once(request: TeamRequest, made: NewKey, *, heading: str) -> HttpResponse:
    """The only answer that holds the key itself. The door forbids every cache to keep it."""
    context = {
        "key": made.api_key,
        "text": made.text,
        "curl": curl(made.api_key, made.text),
        "new_heading": heading,
    }
    return render(request, "dashboard/keys/shown.html", context)
