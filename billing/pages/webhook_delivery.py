"""One delivery to a webhook endpoint: the message, what was answered, and sending it again."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError
from billing.access import delivery_for
from billing.pages.found import found
from billing.pages.webhook_one import delivery_line
from billing.pages.webhook_words import CAUSES, host_of
from billing.webhooks import manual
from billing.webhooks.claims import message
from billing.webhooks.retries import ATTEMPTS_MAX


@team_page(May.READ)
def webhook_delivery(request: TeamRequest, endpoint_id: str, delivery_id: str) -> HttpResponse:
    """Everything that is known of it."""
    row = found(delivery_for, request.team.id, endpoint_id, delivery_id)
    context = {
        **delivery_line(row),
        "endpoint": row.endpoint,
        "host": host_of(row.endpoint.url),
        "cause": CAUSES[row.cause],
        "attempts_max": ATTEMPTS_MAX,
        "body": message(row.event).decode(),
    }
    return render(request, "billing/webhook_delivery.html", context)


@team_page(May.WEBHOOKS, post=May.WEBHOOKS)
def webhook_resend(request: TeamRequest, endpoint_id: str, delivery_id: str) -> HttpResponse:
    """The same event to the same endpoint, as a new delivery."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    row = found(delivery_for, request.team.id, endpoint_id, delivery_id)
    try:
        with transaction.atomic(durable=True):
            again = manual.resend(request.team.id, row.endpoint_id, row.id)
    except AurousError as error:
        messages.error(request, error.message, "bad")
        return redirect("webhooks-delivery", request.team.id, row.endpoint_id, row.id)
    messages.success(request, "It is on its way again, as this new delivery.", "good")
    return redirect("webhooks-delivery", request.team.id, row.endpoint_id, again.id)
