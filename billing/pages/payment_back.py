"""Coming back from Stripe's page: paid, or not; and going on with an order, or dropping it."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError
from billing import topups
from billing.access import payment_questions_of, topup_for
from billing.balance import balance_of
from billing.gateway import is_configured
from billing.models import TopUp
from billing.pages.found import found
from billing.pages.paying import paying, ways_back
from billing.pages.payment_words import OPEN, state_of, why_failed

_ASKED_MAX = 8  # times that the page asks by itself, each time after a longer pause
_PAUSES_S = (1, 2, 3, 5, 8, 13, 20, 30)


@team_page(May.MONEY)
def payment_done(request: TeamRequest, topup_id: str) -> HttpResponse:
    """Where Stripe leads to after paying. It asks what became of it: the redirect says nothing.

    ``?asked=`` counts how often the page asked by itself.
    """
    topup, trouble = _asked(found(topup_for, request.team.id, topup_id))
    times = request.GET.get("asked", "0")
    times_asked = min(int(times), _ASKED_MAX) if times.isascii() and times.isdigit() else 0
    waits = topup.status == TopUp.Status.PENDING and is_configured()
    context = {
        **paying(),
        "topup": topup,
        "state": state_of(topup),
        "why": why_failed(topup),
        "trouble": trouble,
        "question": waits and _in_question(topup),
        "waits": waits,
        "next_asked": times_asked + 1,
        "pause_s": _PAUSES_S[times_asked] if waits and times_asked < _ASKED_MAX else None,
        "balance": balance_of(request.team.id),
        "tax_cents": (topup.paid_cents or 0) - topup.amount_cents if topup.paid_cents else 0,
    }
    return render(request, "billing/payment_done.html", context)


@team_page(May.MONEY)
def payment_left(request: TeamRequest, topup_id: str) -> HttpResponse:
    """Where Stripe leads to without paying: go on, or drop the order."""
    topup, trouble = _asked(found(topup_for, request.team.id, topup_id))
    if topup.status not in OPEN:
        return redirect("billing-payment", request.team.id, topup.id)
    context = {**paying(), "topup": topup, "trouble": trouble, "state": state_of(topup)}
    return render(request, "billing/payment_left.html", context)


@team_page(May.MONEY, post=May.MONEY)
def payment_resume(request: TeamRequest, topup_id: str) -> HttpResponse:
    """On to the page of an order that is open still."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    topup = found(topup_for, request.team.id, topup_id)
    url = ""
    try:
        topups.require_configured()
        topup = topups.fulfil(topup.id)
        if topup.status == TopUp.Status.PENDING and topup.kind == TopUp.Kind.CHECKOUT:
            back = ways_back(request, request.team)
            url = topups.outside(lambda: topups.open_page(topup, request.team, **back)).url
    except AurousError as error:
        messages.error(request, error.message, "bad")
        return redirect("billing-payment", request.team.id, topup.id)
    if url:
        return redirect(url)
    messages.info(request, "This order cannot be paid any more.", "warn")
    return redirect("billing-payment", request.team.id, topup.id)


@team_page(May.MONEY, post=May.MONEY)
def payment_drop(request: TeamRequest, topup_id: str) -> HttpResponse:
    """Close the page of an order, so that nobody pays on it any more."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    topup = found(topup_for, request.team.id, topup_id)
    try:
        topups.require_configured()
        topup = topups.cancel(topup)
    except AurousError as error:
        messages.error(request, error.message, "bad")
        return redirect("billing-payment", request.team.id, topup.id)
    if topup.status == TopUp.Status.EXPIRED:
        messages.success(request, "The order was dropped. Nothing was paid.", "good")
        return redirect("billing", request.team.id)
    messages.warning(request, "The order was not dropped. This is how it stands.", "warn")
    return redirect("billing-payment", request.team.id, topup.id)


def _asked(topup: TopUp) -> tuple[TopUp, str]:
    """An order as Stripe knows it now, and what went wrong with asking."""
    if topup.status not in OPEN or not is_configured():
        return topup, ""
    try:
        return topups.fulfil(topup.id), ""
    except AurousError as error:
        return topup, error.message


def _in_question(topup: TopUp) -> bool:
    """Whether what was paid is not what was ordered, and a person has to look."""
    return payment_questions_of(topup.team_id, topup.id).exists()
