"""The page on which an operator gives a top-up's money back, or a part of it."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from billing import forecast, operator_acts, refunds
from billing.admin.acts import (
    Act,
    ActForm,
    act_page,
    before_and_after,
    operator,
    reason_field,
    text_input,
)
from billing.amounts import dollars, grouped
from billing.models import OperatorAct, TopUp
from billing.operator_acts import BackOrder
from billing.topup_amounts import cents_text

_DOLLARS = re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII)
_CENTS = 100


class RefundForm(ActForm):
    """How much, and why."""

    main = "amount"
    field_order = ("amount", "reason")

    amount = forms.CharField(
        label="Amount, in dollars",
        max_length=16,
        widget=text_input(inputmode="decimal", autofocus=True),
    )
    reason = reason_field("The audit log keeps it with your name, and the team reads it there.")

    def clean_amount(self) -> int:
        """Cents."""
        text = self.cleaned_data["amount"].removeprefix("$").replace(",", "")
        if not _DOLLARS.fullmatch(text):
            raise forms.ValidationError("Write an amount like 12 or 12.50.")
        return int(Decimal(text) * _CENTS)


def refund_page(admin: Any, request: HttpRequest, topup: TopUp) -> HttpResponse:
    """Show the form, what it comes to, or refund it."""
    left = max(0, refunds.refundable_cents(topup))
    everything = {"amount": f"{left // _CENTS}.{left % _CENTS:02d}"}
    form = RefundForm(request.POST if request.method == "POST" else None, initial=everything)
    act = Act(
        title="Refund",
        button="Refund it",
        template="admin/billing/topup/refund.html",
        back=reverse("admin:billing_topup_change", args=[topup.pk]),
        preview=lambda said: _preview(_order(said, topup), request),
        do=lambda said: _refund(_order(said, topup), request),
        about={
            "original": topup,
            "topup": topup,
            "paid": cents_text(topup.paid_cents or 0),
            "left": cents_text(left),
            "bought": grouped(topup.credits),
        },
        danger=True,
    )
    return act_page(admin, request, form, act)


def _order(form: RefundForm, topup: TopUp) -> BackOrder:
    said = form.cleaned_data
    return BackOrder(topup, said["amount"], said["reason"], said["token"])


def _preview(order: BackOrder, request: HttpRequest) -> Mapping[str, Any]:
    refunds.check_amount(order.topup, order.cents)
    coming = forecast.of_refund(order.topup, order.cents, operator(request))
    return {
        **before_and_after(coming),
        "money": cents_text(order.cents),
        "debt": grouped(coming.debt) if coming.debt else "",
        "debt_worth": dollars(coming.debt),
        "asks": coming.asks,
        "left": cents_text(coming.left),
        "button": "Ask another operator" if coming.asks else f"Refund {cents_text(order.cents)}",
    }


def _refund(order: BackOrder, request: HttpRequest) -> str:
    act = operator_acts.refund(order, operator(request))
    row = operator_acts.reversal_of(act)
    if act.state == OperatorAct.State.PENDING:
        messages.info(request, "Nothing has moved yet. Another operator has to agree.")
    elif row is not None:
        _SAY[refunds.outcome(row)](request)
    return reverse("admin:billing_operatoract_change", args=[act.pk])


_SAY = {
    "succeeded": lambda request: messages.success(request, "Refunded."),
    "pending": lambda request: messages.info(request, "Stripe is at it. This page follows it."),
    "failed": lambda request: messages.error(
        request, "Stripe refused. No money went back, and no credit was taken."
    ),
}
