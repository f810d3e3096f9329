"""The places of a team's dashboard, in the order in which a person meets them."""

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from accounts.pages.door import TeamRequest
from accounts.roles import May


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail. ``name`` is its route, which may have sub-pages ``name-…``."""

    name: str
    label: str
    icon: str
    may: May = May.READ


PLACES = (
    Place("overview", "Overview", "layout-dashboard"),
    Place("playground", "Playground", "flask-conical", May.SPEND),
    Place("usage", "Usage", "chart-column"),
    Place("requests", "Requests", "list"),
    Place("keys", "API keys", "key-round"),
    Place("billing", "Billing", "wallet"),
    Place("limits", "Limits", "gauge"),
    Place("members", "Members", "users"),
    Place("webhooks", "Webhooks", "webhook"),
    Place("version", "Versions", "tag"),
    Place("audit", "Audit log", "scroll-text", May.AUDIT),
    Place("team-settings", "Settings", "settings"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as the rail shows it to this person on this page."""

    place: Place
    url: str
    current: bool


def entries(request: TeamRequest) -> list[Entry]:
    """The places that this member may see; the current one is marked."""
    match = request.resolver_match
    here = match.url_name if match and match.url_name else ""
    return [
        Entry(place, url, here == place.name or here.startswith(f"{place.name}-"))
        for place in PLACES
        if place.may in request.allowed and (url := _url(place, request.team.id))
    ]


def _url(place: Place, team_id: str) -> str | None:
    try:
        return reverse(place.name, args=[team_id])
    except NoReverseMatch:
        return None
