"""Search: a page by its name, or something by its id. Works without a script too."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse

from accounts.pages.door import TeamRequest, team_page
from accounts.pages.navigation import entries
from accounts.roles import May


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


@team_page(May.READ)
def find(request: TeamRequest) -> HttpResponse:
    """``?q=``: straight to what an id names, else the pages whose name has the words."""
    wanted = request.GET.get("q", "").strip()
    for kind in KINDS:
        if wanted.startswith(kind.prefix):
            try:
                return redirect(reverse(kind.route, args=[request.team.id, wanted]))
            except NoReverseMatch:
                break  # characters that no id has
    found = [entry for entry in entries(request) if wanted.lower() in entry.place.label.lower()]
    return render(request, "dashboard/find.html", {"wanted": wanted, "found": found})
