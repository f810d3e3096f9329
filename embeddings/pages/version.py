"""The API version of a team: which it has, who asks for which, what another one would change."""

from typing import Any

from django.contrib import messages
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts import teams
from accounts.access import api_keys_of, audit_events_of
from accounts.models import AuditEvent
from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.http.versions import registry
from aurous.http.versions.deprecations import VERSIONS
from aurous.kernel.clock import database_now
from billing.version_use import VersionUse, totals, version_use
from embeddings.catalog import served
from embeddings.pages.version_words import between, told, trial, versions_of

KEY_LINES = 100
_SWITCHED = "team.version_set"


@team_page(May.READ)
def version(request: TeamRequest) -> HttpResponse:
    """The pin, calls by version and key, each version's changes, and the way back."""
    pin = registry.resolve(None, request.team.default_api_version)
    uses = version_use(request.team.id, database_now(connection))
    sums = totals(uses)
    listed = versions_of(pin, sums)
    newest = registry.versions()[-1]
    context = {
        "pin": pin,
        "newest": newest,
        "deprecation": VERSIONS.get(pin),
        "versions": listed,
        "newer": [one for one in listed if one.is_newer],
        "outdated": [one for one in listed if one.deprecation and one.long],
        "calls": _calls(request.team.id, uses),
        "more_calls": max(0, len(uses) - KEY_LINES),
        "trial": _trial(newest),
        **_way_back(request.team.id, pin),
    }
    return render(request, "embeddings/version.html", context)


def _calls(team_id: str, uses: list[VersionUse]) -> list[dict[str, Any]]:
    """The busiest keys by version, with their names."""
    shown = uses[:KEY_LINES]
    ids = {use.api_key_id for use in shown}
    keys = api_keys_of(team_id).filter(pk__in=ids).prefetch_related(None)
    names = dict(keys.values_list("pk", "name"))
    return [{"use": use, "name": names.get(use.api_key_id, use.api_key_id)} for use in shown]


def _trial(newest: str) -> str | None:
    slug = next((entry.slug for entry in served() if "text" in entry.modalities), None)
    return trial(newest, slug) if slug and newest != registry.OLDEST else None


def _way_back(team_id: str, pin: str) -> dict[str, Any]:
    """The last switch, and the version before it where one can go back to it."""
    event = audit_events_of(team_id).filter(action=_SWITCHED).first()
    old = _old_version(event)
    return {"switched": event, "back_to": old if old in registry.versions() and old != pin else ""}


def _old_version(event: AuditEvent | None) -> str:
    if event is None:
        return ""
    return str(event.data.get("default_api_version", {}).get("old", ""))


@team_page(May.VERSION, post=May.VERSION)
def version_switch(request: TeamRequest) -> HttpResponse:
    """Say what changes, then pin the team to ``to``."""
    pin = registry.resolve(None, request.team.default_api_version)
    wanted = request.POST.get("to") or request.GET.get("to", "")
    if wanted not in registry.versions() or wanted == pin:
        messages.warning(request, "Choose another version first.", "warn")
        return redirect("version", request.team.id)
    if request.method == "POST":
        teams.set_version(request.team.id, wanted, actor=request.actor)
        messages.success(request, f"The team is pinned to {wanted} now.", "good")
        return redirect("version", request.team.id)
    sums = totals(version_use(request.team.id, database_now(connection)))
    context = {
        "pin": pin,
        "wanted": wanted,
        "forward": wanted > pin,
        "changes": [told(change, sums) for change in between(pin, wanted)],
        "deprecation": VERSIONS.get(wanted),
        "pinned_requests": sums.get(pin, (0, 0)),
    }
    return render(request, "embeddings/version_switch.html", context)
