"""Buying credit: choose an amount, and go to Stripe's page."""

from typing import Any

from django.contrib import messages
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from aurous.kernel.money import NANO_PER_CREDIT
from aurous.ui.once import FIELD
from billing import topups
from billing.access import has_kept_card, open_debts_of, topups_of
from billing.balance import balance_of
from billing.gateway import is_configured
from billing.outlook import pace_of
from billing.pages.paying import intention, paying, ways_back
from billing.pages.topup_form import TopUpForm, as_initial
from billing.topup_amounts import credits_for


@team_page(May.MONEY, post=May.MONEY)
def topup(request: TeamRequest) -> HttpResponse:
    """The form; a POST makes the order and leads to the page where it is paid.

    ``?amount=`` (cents) and ``?keep=1`` fill it. With ``?preview=1`` the fields of the form are
    read from the address, to tell what an amount gives.
    """
    asked = request.GET
    initial = as_initial(asked.get("amount", ""), keep=asked.get("keep") == "1")
    form = TopUpForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        answer = _ordered(request, form)
        if answer is not None:
            return answer
    gives = _gives(form)
    if request.method == "GET" and asked.get("preview"):
        gives = _gives(TopUpForm({FIELD: "-", **asked.dict()}))
        return render(request, "billing/topup_gives.html", _outcome(request, gives))
    context = {
        **paying(),
        **_outcome(request, gives),
        "form": form,
        "kept": has_kept_card(request.team.id),
        "one_credit": NANO_PER_CREDIT,
    }
    return render(request, "billing/topup.html", context)


def _ordered(request: TeamRequest, form: TopUpForm) -> HttpResponse | None:
    """On to the page to pay on; None where the form has to say why not."""
    wanted = form.cleaned_data
    cents, save_card = wanted["cents"], wanted["save_card"]
    token = intention(request.team, wanted[FIELD], cents, save_card=save_card)
    try:
        begun = topups.begin(
            request.team,
            cents,
            actor=request.actor,
            token=token,
            save_card=save_card,
            **ways_back(request, request.team),
        )
    except AurousError as error:
        if error.param == "token":  # it was carried out, and is over by now
            earlier = topups_of(request.team.id).filter(token=token).values_list("id", flat=True)
            messages.warning(request, "That order was made before. This is it.", "warn")
            return redirect("billing-payment", request.team.id, earlier[0])
        form.refuse(error, amount="own")
        return None
    if not begun.url:  # paid or closed a moment ago: the page knows
        return redirect("billing-payment-done", request.team.id, begun.topup.id)
    return redirect(begun.url)


def _gives(form: TopUpForm) -> int | None:
    """Nano-credits of the amount in the form; None where there is none."""
    if not form.is_bound:
        amount = str(form.initial["amount"])
        return credits_for(int(amount)) if amount.isdigit() else None
    form.is_valid()
    cents = form.cleaned_data.get("cents")
    return credits_for(cents) if cents is not None and "own" not in form.errors else None


def _outcome(request: TeamRequest, gives: int | None) -> dict[str, Any]:
    """What the credit comes to: what is owed is paid first, the rest lasts some time."""
    if not is_configured():
        return {}
    owed = sum(debt.remaining for debt in open_debts_of(request.team.id))
    balance = balance_of(request.team.id)
    after = None if gives is None else balance.available + max(0, gives - owed)
    pace = pace_of(request.team.id, database_now(connection))
    return {
        "gives": gives,
        "owed": owed,
        "available": balance.available,
        "after": after,
        "days": None if after is None else pace.days_of(after),
    }
