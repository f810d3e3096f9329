"""What is done to prices that are there: taken back before they begin, or ended for a team."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, connection
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts.admin.base import actor_of
from aurous.kernel.clock import database_now
from billing import prices
from billing.admin.acts import Act, ActForm, act_page, reason_field, text_input
from billing.admin.price_form import TAKEN, in_tokens, price_in_force
from billing.admin.price_preview import lines, shown
from billing.models import Price


class WithdrawForm(ActForm):
    """Why it is taken back."""

    reason = reason_field("The audit log keeps it with your name and all numbers of the price.")


class EndForm(ActForm):
    """From when on a team pays everybody's price, and why."""

    main = "effective_at"
    field_order = ("effective_at", "reason")

    effective_at = forms.DateTimeField(
        label="From (UTC)",
        required=False,
        widget=text_input(type="datetime-local"),
        help_text="Empty: now. Requests that are held already keep the price they were held at.",
    )
    reason = reason_field("The audit log keeps it with your name; the team reads it there.")

    def clean_effective_at(self) -> datetime | None:
        """Now (None), or later."""
        wanted: datetime | None = self.cleaned_data["effective_at"]
        if wanted is not None and wanted < database_now(connection):
            raise forms.ValidationError("This cannot be in the past. Leave it empty for now.")
        return wanted


def withdraw_page(admin: Any, request: HttpRequest, price: Price) -> HttpResponse:
    """Take back a price that has not begun."""
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    act = Act(
        title="Take a price back",
        button="Take it back",
        template="admin/billing/price/withdraw.html",
        back=reverse("admin:billing_price_change", args=[price.pk]),
        preview=lambda _: _without(price),
        do=lambda said: _withdraw(said, price, request),
        about={"original": price, "price": price},
        danger=True,
    )
    return act_page(admin, request, form, act)


def _without(price: Price) -> Mapping[str, Any]:
    """What holds in its place."""
    instead = in_tokens(price_in_force(price, besides=price))
    if instead is None:
        raise ValueError("without it the model has no price at that time, and would fail")
    planned = in_tokens(price) or in_tokens(
        price_in_force(Price(model=price.model, effective_at=price.effective_at))
    )
    return {"lines": lines(planned, instead)}


def _withdraw(form: WithdrawForm, price: Price, request: HttpRequest) -> str:
    prices.withdraw(price.pk, actor=actor_of(request), reason=form.cleaned_data["reason"])
    messages.success(request, f"The price of {price.model} is taken back. It never holds.")
    return reverse("admin:billing_price_changelist")


def end_page(admin: Any, request: HttpRequest, price: Price) -> HttpResponse:
    """End a team's own prices of a model."""
    form = EndForm(request.POST if request.method == "POST" else None)
    act = Act(
        title="Back to everybody's price",
        button="End the team's price",
        template="admin/billing/price/end.html",
        back=reverse("admin:billing_price_change", args=[price.pk]),
        preview=lambda said: _preview_end(said, price),
        do=lambda said: _end(said, price, request),
        about={"original": price, "price": price},
    )
    return act_page(admin, request, form, act)


def _from(form: EndForm) -> datetime:
    wanted: datetime | None = form.cleaned_data["effective_at"]
    return wanted or database_now(connection)


def _preview_end(form: EndForm, price: Price) -> Mapping[str, Any]:
    team, at = price.team, _from(form)
    assert team is not None  # the page is refused for everybody's prices
    prices.check_end(price.model, team, at)
    own = price_in_force(Price(model=price.model, team=team, effective_at=at))
    general = in_tokens(price_in_force(Price(model=price.model, effective_at=at)))
    assert general is not None  # just checked
    coming = shown(price.model, team.pk, at, now=in_tokens(own), then=general)
    return {"price": coming, "effective_at": form.cleaned_data["effective_at"]}


def _end(form: EndForm, price: Price, request: HttpRequest) -> str:
    assert price.team is not None
    try:
        prices.back_to_list(
            price.model,
            price.team,
            _from(form),
            actor=actor_of(request),
            reason=form.cleaned_data["reason"],
        )
    except IntegrityError as error:
        raise ValueError(TAKEN) from error
    messages.success(request, f"{price.team} pays everybody's price of {price.model} from then on.")
    return reverse("admin:billing_price_changelist")
