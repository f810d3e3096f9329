"""Search: a page, a key or a person by name, or something by its id. Works without a script."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse

from accounts.access import api_keys_of, memberships_of
from accounts.pages.door import TeamRequest, team_page
from accounts.pages.navigation import entries
from accounts.roles import May

FOUND_MAX = 10  # of keys, and of people
_TAIL_CHARACTERS = 4


@dataclass(frozen=True, slots=True)
class Kind:
    """How ids of a kind begin, and the route of their page, which takes team and id."""

    prefix: str
    route: str


KINDS = (
    Kind("req_", "requests-one"),
    Kind("emb_", "requests-one"),
    Kind("key_", "keys-one"),
    Kind("we_", "webhooks-one"),
    Kind("topup_", "billing-payment"),
)


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is called what was asked for, and what else is known of it."""

    icon: str
    label: str
    url: str
    note: str = ""


@team_page(May.READ)
def find(request: TeamRequest) -> HttpResponse:
    """``?q=``: straight to what an id names, else what has the words in its name."""
    wanted = " ".join(request.GET.get("q", "").replace("\0", "").split())
    for kind in KINDS:
        if wanted.startswith(kind.prefix):
            try:
                return redirect(reverse(kind.route, args=[request.team.id, wanted]))
            except NoReverseMatch:
                break  # characters that no id has
    found = [*_places(request, wanted), *_keys(request, wanted), *_people(request, wanted)]
    return render(request, "dashboard/find.html", {"wanted": wanted, "found": found})


def _places(request: TeamRequest, wanted: str) -> Iterator[Found]:
    for entry in entries(request):
        if wanted.lower() in entry.place.label.lower():
            yield Found(entry.place.icon, entry.place.label, entry.url)


def _keys(request: TeamRequest, wanted: str) -> Iterator[Found]:
    """By a part of the name, or by the last characters of a secret, which lists show."""
    if not wanted:
        return
    called = Q(name__icontains=wanted)
    if len(wanted) == _TAIL_CHARACTERS:
        called |= Q(secrets__tail=wanted)
    for key in api_keys_of(request.team.id).filter(called).distinct()[:FOUND_MAX]:
        url = reverse("keys-one", args=[request.team.id, key.id])
        yield Found("key-round", key.name, url, "revoked key" if key.revoked_at else "key")


def _people(request: TeamRequest, wanted: str) -> Iterator[Found]:
    if not wanted:
        return
    called = Q(user__name__icontains=wanted) | Q(user__email__icontains=wanted)
    for member in memberships_of(request.team.id).filter(called)[:FOUND_MAX]:
        url = reverse("members", args=[request.team.id])
        if May.MEMBERS in request.allowed:
            url = reverse("members-one", args=[request.team.id, member.user_id])
        name = member.user.name or member.user.email
        yield Found("users", name, url, member.get_role_display().lower())
