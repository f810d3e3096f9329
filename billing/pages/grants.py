"""Every grant that a team ever received, in use, spent or expired; and what begins later."""

from django.db import connection
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.clock import database_now
from aurous.ui.paging import page_of
from billing.access import grants_of, grants_to_come
from billing.balance import balance_of
from billing.pages.grant_words import lines_of

STATES = {"": "All", "left": "In use", "spent": "Spent", "over": "Expired"}
TO_COME = 25


@team_page(May.READ)
def grants(request: TeamRequest) -> HttpResponse:
    """A page of them, newest first. ``?state=`` is one of ``STATES``."""
    team_id, now = request.team.id, database_now(connection)
    balance = balance_of(team_id)  # books what has lapsed
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    usable = Q(expires_at=None) | Q(expires_at__gt=now)
    chosen = {
        "left": usable & Q(remaining__gt=0),
        "spent": usable & Q(remaining=0),
        "over": Q(expires_at__lte=now),
    }.get(state, Q())
    rows = grants_of(team_id).filter(chosen).annotate(sequence=F("transfer__sequence"))
    page = page_of(request, team_id, rows, scope="grants", order=("sequence",))
    to_come = list(grants_to_come(team_id)[: TO_COME + 1])
    context = {
        "to_come": to_come[:TO_COME],
        "more_to_come": len(to_come) > TO_COME,
        "page": page,
        "lines": lines_of(team_id, page.rows, now),
        "states": STATES.items(),
        "state": state,
        "balance": balance,
    }
    return render(request, "billing/grants.html", context)
