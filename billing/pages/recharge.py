"""Auto-recharge: the team's choice, the card, this month's use of the cap, the last attempts."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import connection
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from accounts.pages.door import TeamRequest, ask_who_it_is, team_page
from accounts.roles import May, roles_that
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from billing import customers, recharge_settings
from billing.access import auto_recharge_of, has_kept_card, topups_of
from billing.models import AutoRecharge, TopUp
from billing.pages.paying import paying
from billing.pages.payment_words import why_switched_off
from billing.pages.payments import lines_of
from billing.pages.recharge_form import RechargeForm, as_initial, sentence_of
from billing.recharge import spent_cents

ATTEMPTS = 8


@team_page(May.READ, post=May.MONEY)
def recharge(request: TeamRequest) -> HttpResponse:
    """All of it; a POST sets the choice. Whoever switches it on shows again who they are."""
    row = auto_recharge_of(request.team.id)
    form = RechargeForm(request.POST or None, initial=as_initial(row))
    if request.method == "POST" and form.is_valid():
        if form.cleaned_data["enabled"]:
            ask_who_it_is(request)
        try:
            row = recharge_settings.configure(
                request.team, actor=request.actor, **form.cleaned_data
            )
        except AurousError as error:
            form.refuse(error, amount="amount_cents", monthly_cap="monthly_cap_cents")
        else:
            messages.success(request, f"Auto-recharge is {'on' if row.enabled else 'off'}.", "good")
            return redirect("billing-recharge", request.team.id)
    context = {
        **paying(),
        "form": form,
        "kept": has_kept_card(request.team.id),
        "money_roles": roles_that(May.MONEY),
        **standing(request.team.id, row, database_now(connection)),
        **_attempts(request.team.id),
    }
    return render(request, "billing/recharge.html", context)


def standing(team_id: str, row: AutoRecharge | None, now: datetime) -> dict[str, Any]:
    """What the team has chosen and what keeps it from happening, in words."""
    if row is None:
        return {"row": None}
    spent = spent_cents(team_id, now)
    left = max(0, row.monthly_cap_cents - spent)
    return {
        "row": row,
        "does": sentence_of(row),
        "spent_cents": spent,
        "left_cents": left,
        "meter_cents": min(spent, row.monthly_cap_cents),
        "capped": left < row.amount_cents,
        "again_at": row.not_before if row.not_before and row.not_before > now else None,
        "why_off": "" if row.enabled else why_switched_off(row.disabled_reason),
    }


def _attempts(team_id: str) -> dict[str, Any]:
    rows = topups_of(team_id).filter(kind=TopUp.Kind.RECHARGE).order_by("-id")
    found = list(rows[: ATTEMPTS + 1])
    return {"attempts": lines_of(team_id, found[:ATTEMPTS]), "more": len(found) > ATTEMPTS}


@team_page(May.MONEY, post=May.MONEY)
def card_forget(request: TeamRequest) -> HttpResponse:
    """Keep no card any more."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    customers.take_card_back(request.team, actor=request.actor)
    told = "No card is kept any more. Auto-recharge buys nothing until one is kept again."
    messages.success(request, told, "good")
    return redirect("billing-recharge", request.team.id)
