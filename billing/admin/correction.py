"""The page on which an operator gives or takes credit."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.widgets import UnfoldAdminSelectWidget

from aurous.kernel.clock import database_now
from billing import forecast, operator_acts
from billing.admin.acts import (
    Act,
    ActForm,
    act_page,
    before_and_after,
    operator,
    reason_field,
    text_input,
)
from billing.admin.credits_field import CreditsField
from billing.amounts import dollars, grouped, signed
from billing.balance import balance_of
from billing.grants import PRIORITY_DEFAULT, PRIORITY_MAX
from billing.models import Account, Grant, OperatorAct
from billing.operator_acts import CreditOrder

_KINDS = (
    (Grant.Kind.ADJUSTMENT.value, "Adjustment: puts something right"),
    (Grant.Kind.PROMOTIONAL.value, "Promotional: a gift"),
)


class CreditForm(ActForm):
    """A signed amount and why."""

    main = "amount"
    field_order = ("amount", "kind", "reason", "effective_at", "expires_at", "priority")

    amount = CreditsField(
        signed=True,
        nothing="A correction of 0 moves nothing.",
        help_text="5 gives five credits, -5 takes five. At most 9 digits behind the point.",
    )
    kind = forms.ChoiceField(
        label="Kind",
        choices=_KINDS,
        widget=UnfoldAdminSelectWidget,
        help_text="The statement calls a gift a grant. A gift cannot take.",
    )
    reason = reason_field(
        "The customer reads it on the statement; the audit log keeps it with your name."
    )
    effective_at = forms.DateTimeField(
        label="Begins (UTC)",
        required=False,
        widget=text_input(type="datetime-local"),
        help_text="Empty: now. Until then it is a promise, and no part of the balance.",
    )
    expires_at = forms.DateTimeField(
        label="Expires (UTC)",
        required=False,
        widget=text_input(type="datetime-local"),
        help_text="Empty: never. Only for credit that is given.",
    )
    priority = forms.IntegerField(
        label="Priority",
        initial=PRIORITY_DEFAULT,
        min_value=0,
        max_value=PRIORITY_MAX,
        widget=text_input(inputmode="numeric"),
        help_text=f"Lower is spent first; bought credit has {PRIORITY_DEFAULT}.",
    )

    def clean(self) -> dict[str, Any]:
        """What is taken has no dates."""
        cleaned = super().clean() or {}
        for name, word in (("effective_at", "begins"), ("expires_at", "expires")):
            if cleaned.get(name) is not None and cleaned.get("amount", 1) < 0:
                self.add_error(name, f"Only credit that is given {word} at a time.")
        return cleaned

    def clean_effective_at(self) -> datetime | None:
        """Now (None), or later."""
        wanted: datetime | None = self.cleaned_data["effective_at"]
        if wanted is not None and wanted < database_now(connection):
            raise forms.ValidationError("This cannot be in the past. Leave it empty for now.")
        return wanted

    def order(self, account: Account) -> CreditOrder:
        """What it says, for this team."""
        assert account.team is not None  # the page is refused for system accounts
        said = self.cleaned_data
        return CreditOrder(
            account.team,
            said["amount"],
            said["reason"],
            said["token"],
            kind=Grant.Kind(said["kind"]),
            priority=said["priority"],
            expires_at=said["expires_at"],
            effective_at=said["effective_at"],
        )


def correction_page(admin: Any, request: HttpRequest, account: Account) -> HttpResponse:
    """Show the form, what it comes to, or book it."""
    form = CreditForm(request.POST if request.method == "POST" else None)
    balance = balance_of(account.pk)
    act = Act(
        title="Give or take credit",
        button="Book it",
        template="admin/billing/account/correct.html",
        back=reverse("admin:billing_account_change", args=[account.pk]),
        preview=lambda said: _preview(said.order(account), request),
        do=lambda said: _book(said.order(account), request),
        about={
            "original": account,
            "account": account,
            "available": grouped(balance.available),
            "worth": dollars(balance.available),
            "held": grouped(balance.held),
            "posted": grouped(balance.posted),
        },
    )
    return act_page(admin, request, form, act)


def _preview(order: CreditOrder, request: HttpRequest) -> Mapping[str, Any]:
    coming = forecast.of_credit(order, operator(request))
    return {
        **before_and_after(coming),
        "order": order,
        "amount": grouped(order.amount),
        "asks": coming.asks,
        "left": grouped(coming.left),
        "button": "Ask another operator" if coming.asks else "Book it",
    }


def _book(order: CreditOrder, request: HttpRequest) -> str:
    act = operator_acts.credit(order, operator(request))
    if act.state == OperatorAct.State.PENDING:
        messages.info(
            request,
            "Nothing has moved yet. Another operator has to agree; it waits among the acts.",
        )
        return reverse("admin:billing_operatoract_change", args=[act.pk])
    left = grouped(balance_of(order.team.pk).available)
    if order.effective_at is not None:
        begins = f"{order.effective_at:%Y-%m-%d %H:%M} UTC"
        messages.success(
            request, f"Promised {signed(order.amount)} to {order.team}, from {begins} on."
        )
        return reverse("admin:billing_account_change", args=[order.team.pk])
    messages.success(
        request, f"Booked {signed(order.amount)} for {order.team}. Available now: {left} credits."
    )
    return reverse("admin:billing_account_change", args=[order.team.pk])
