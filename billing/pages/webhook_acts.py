"""What is done to a webhook endpoint: test, switch off and on, roll, delete."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from accounts.pages.door import TeamRequest, ask_who_it_is, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError
from aurous.ui.once import already_done, spent
from billing.access import deliveries_of, webhook_endpoint_for
from billing.pages.found import found
from billing.pages.receiver import verify_python
from billing.pages.webhook_form import DeleteForm, RollForm
from billing.pages.webhook_words import host_of
from billing.webhooks import endpoints, manual


@team_page(May.WEBHOOKS, post=May.WEBHOOKS)
def webhook_test(request: TeamRequest, endpoint_id: str) -> HttpResponse:
    """Send a ``webhook.test``; the log shows what comes of it."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    endpoint = found(webhook_endpoint_for, request.team.id, endpoint_id)
    try:
        with transaction.atomic(durable=True):
            manual.send_test(request.team.id, endpoint.id)
    except AurousError as error:
        messages.error(request, error.message, "bad")
    else:
        messages.success(request, "A test is on its way. The log shows what comes of it.", "good")
    return redirect("webhooks-one", request.team.id, endpoint.id)


@team_page(May.WEBHOOKS, post=May.WEBHOOKS)
def webhook_state(request: TeamRequest, endpoint_id: str) -> HttpResponse:
    """``state=disabled`` stops sending to it, anything else begins again."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    endpoint = found(webhook_endpoint_for, request.team.id, endpoint_id)
    disabled = request.POST.get("state") == "disabled"
    endpoints.change(request.team.id, endpoint.id, actor=request.actor, disabled=disabled)
    told = (
        "Nothing is sent there any more. What waited was given up."
        if disabled
        else "New events are sent there again. What was missed can be sent again from the log."
    )
    messages.success(request, told, "good")
    return redirect("webhooks-one", request.team.id, endpoint.id)


@team_page(May.WEBHOOKS, post=May.WEBHOOKS)
def webhook_roll(request: TeamRequest, endpoint_id: str) -> HttpResponse:
    """A new secret, shown this once."""
    endpoint = found(webhook_endpoint_for, request.team.id, endpoint_id)
    form = RollForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        ask_who_it_is(request)
        if spent(request):
            return already_done(request, "webhooks-one", request.team.id, endpoint.id)
        with transaction.atomic(durable=True):
            made = endpoints.roll(
                request.team.id, endpoint.id, actor=request.actor, **form.cleaned_data
            )
        context = {"made": made, "endpoint": endpoint, "verify": verify_python(), "rolled": True}
        return render(request, "billing/webhook_secret.html", context)
    context = {"form": form, "endpoint": endpoint, "host": host_of(endpoint.url)}
    return render(request, "billing/webhook_roll.html", context)


@team_page(May.WEBHOOKS, post=May.WEBHOOKS)
def webhook_delete(request: TeamRequest, endpoint_id: str) -> HttpResponse:
    """Say what will go, ask for the host, and delete it."""
    endpoint = found(webhook_endpoint_for, request.team.id, endpoint_id)
    form = DeleteForm(endpoint, request.POST or None)
    if request.method == "POST" and form.is_valid():
        ask_who_it_is(request)
        endpoints.delete(request.team.id, endpoint.id, actor=request.actor)
        messages.success(request, f"The endpoint at {form.wanted_host} was deleted.", "good")
        return redirect("webhooks", request.team.id)
    context = {
        "form": form,
        "endpoint": endpoint,
        "host": form.wanted_host,
        "deliveries": deliveries_of(request.team.id, endpoint.id).count(),
    }
    return render(request, "billing/webhook_delete.html", context)
