"""What a team has: credit by grant, how long it lasts, and how to get more."""

from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render

from accounts.models import BillingMode
from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May, roles_that
from aurous.kernel.clock import database_now
from aurous.kernel.money import NANO_PER_CREDIT
from billing.access import (
    auto_recharge_of,
    grants_to_come,
    has_kept_card,
    topups_of,
    transfers_of,
)
from billing.balance import balance_of
from billing.outlook import outlook, pace_of
from billing.pages import grant_words, payments
from billing.pages.paying import paying
from billing.pages.payment_attention import about_payments
from billing.pages.recharge import standing
from billing.pages.statement import told
from billing.pages.topup_form import fixed_amounts
from billing.topup_amounts import credits_for

GRANTS = 10
TO_COME = 5
LINES = 8
PAYMENTS = 5


@team_page(May.READ)
def billing(request: TeamRequest) -> HttpResponse:
    """Balance, grants, the newest payments and lines, and what to do for more."""
    team, now = request.team, database_now(connection)
    balance, pace = balance_of(team.id), pace_of(team.id, now)
    exempt = team.billing_mode == BillingMode.EXEMPT
    rows = grant_words.spendable(team.id, balance, GRANTS)
    to_come = list(grants_to_come(team.id)[: TO_COME + 1])
    newest = list(transfers_of(team.id).order_by("-sequence")[:LINES])
    context = {
        **paying(),
        **standing(team.id, auto_recharge_of(team.id), now),
        "balance": balance,
        "pace": pace,
        "exempt": exempt,
        "outlook": outlook(balance.available, pace, exempt=exempt),
        "grants": grant_words.lines_of(team.id, rows, now),
        "more_grants": len(balance.grants) > GRANTS,
        "to_come": to_come[:TO_COME],
        "more_to_come": len(to_come) > TO_COME,
        "notices": about_payments(team),
        "payments": payments.lines_of(team.id, topups_of(team.id).order_by("-id")[:PAYMENTS]),
        "kept": has_kept_card(team.id),
        "amounts": [(cents, credits_for(cents)) for cents in fixed_amounts()],
        "lines": told(team.id, newest),
        "one_credit": NANO_PER_CREDIT,
        "money_roles": roles_that(May.MONEY),
    }
    return render(request, "billing/billing.html", context)
