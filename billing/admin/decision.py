"""The page on which a second person agrees to what an operator asked for, or does not."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.admin.step_up import ask_who_it_is, went_on
from aurous.kernel.errors import AurousError
from billing import approvals, forecast
from billing.admin.acts import operator, text_input
from billing.amounts import dollars, grouped, signed
from billing.models import OperatorAct
from billing.models.transfers import NOTE_CHARACTERS_MAX
from billing.topup_amounts import cents_text

_SAID = {
    "approved": "Agreed, and done.",
    "refused": "Refused. Nothing has moved.",
    "withdrawn": "Taken back. Nothing has moved.",
}


class DecisionForm(forms.Form):
    """What the second person says to it."""

    answer = forms.CharField(
        label="Answer",
        required=False,
        max_length=NOTE_CHARACTERS_MAX,
        widget=text_input(),
        help_text="Needed to refuse. The audit log keeps it with your name.",
    )


def decision_page(admin: Any, request: HttpRequest, act: OperatorAct) -> HttpResponse:
    """Show what is asked for and what it would do now, or decide it."""
    went_on(request)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        ask_who_it_is(request)
        try:
            decided = _decide(act, form.cleaned_data["answer"], request)
        except (ValueError, AurousError) as error:
            form.add_error(None, f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.')}.")
        else:
            messages.success(request, _SAID[decided.state])
            to = reverse("admin:billing_operatoract_change", args=[act.pk])
            return HttpResponseRedirect(to)
    coming = forecast.of_approval(act)
    context = {
        **admin.admin_site.each_context(request),
        "title": "Decide",
        "opts": admin.opts,
        "original": act,
        "asked": act,
        "form": form,
        "own": act.asked_by_id == operator(request).pk,
        "amount": cents_text(act.cents) if act.cents else f"{signed(act.credits)} credits",
        "debt": grouped(coming.debt) if coming.debt else "",
        "shown": {
            "before": grouped(coming.before),
            "before_worth": dollars(coming.before),
            "change": signed(coming.change),
            "change_worth": dollars(coming.change),
            "after": grouped(coming.after),
            "after_worth": dollars(coming.after),
        },
    }
    return TemplateResponse(request, "admin/billing/act/decide.html", context)


def _decide(act: OperatorAct, answer: str, request: HttpRequest) -> OperatorAct:
    if "_approve" in request.POST:
        return approvals.approve(act.pk, operator(request), answer)
    if "_refuse" in request.POST:
        return approvals.refuse(act.pk, operator(request), answer)
    if "_withdraw" in request.POST:
        return approvals.withdraw(act.pk, operator(request))
    raise ValueError("choose what you decide")
