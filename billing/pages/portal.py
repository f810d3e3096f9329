"""The way to Stripe's own pages of a team: its cards, and all of its receipts and invoices."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError
from billing import customers, topups


@team_page(May.MONEY, post=May.MONEY, step_up=True)
def portal(request: TeamRequest) -> HttpResponse:
    """Who goes there can change the cards, so they show again who they are."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    back = request.build_absolute_uri(reverse("billing", args=[request.team.id]))
    try:
        topups.require_configured()
        return redirect(topups.outside(lambda: customers.portal_url(request.team, back)))
    except AurousError as error:
        messages.error(request, error.message, "bad")
        return redirect("billing", request.team.id)
