"""What a team has: credit by grant, how long it lasts, and how to get more."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render

from accounts.models import BillingMode
from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May, roles_that
from aurous.kernel.clock import database_now
from aurous.kernel.money import NANO_PER_CREDIT
from billing.access import grants_of, transfers_of
from billing.balance import Balance, balance_of
from billing.models import Grant
from billing.outlook import outlook, pace_of
from billing.pages.statement import told

GRANTS = 25
LINES = 8
SOON = timedelta(days=7)  # a grant that expires within this needs attention
KINDS = {
    Grant.Kind.PURCHASED: "Bought",
    Grant.Kind.PROMOTIONAL: "Given",
    Grant.Kind.ADJUSTMENT: "Adjustment",
}


@team_page(May.READ)
def billing(request: TeamRequest) -> HttpResponse:
    """Balance, grants, the newest lines, and what to do for more."""
    team, now = request.team, database_now(connection)
    balance, pace = balance_of(team.id), pace_of(team.id, now)
    exempt = team.billing_mode == BillingMode.EXEMPT
    newest = list(transfers_of(team.id).order_by("-sequence")[:LINES])
    context = {
        "balance": balance,
        "pace": pace,
        "exempt": exempt,
        "outlook": outlook(balance.available, pace, exempt=exempt),
        "grants": _grants(team.id, balance, now),
        "more_grants": max(0, len(balance.grants) - GRANTS),
        "lines": told(team.id, newest),
        "one_credit": NANO_PER_CREDIT,
        "money_roles": roles_that(May.MONEY),
    }
    return render(request, "billing/billing.html", context)


def _grants(team_id: str, balance: Balance, now: datetime) -> list[dict[str, Any]]:
    """Those with something left, in the order in which they will be spent."""
    shown = balance.grants[:GRANTS]
    rows = grants_of(team_id).in_bulk([one.id for one in shown])
    return [
        {
            "left": one,
            "kind": KINDS[Grant.Kind(one.kind)],
            "amount": rows[one.id].amount,
            "note": rows[one.id].transfer.note,
            "since": rows[one.id].effective_at,
            "soon": one.expires_at is not None and one.expires_at - now < SOON,
        }
        for one in shown
    ]
