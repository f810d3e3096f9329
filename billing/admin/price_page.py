"""The page on which an operator sets a price: asked, shown in credits, then set."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.admin.base import actor_of
from accounts.admin.step_up import ask_who_it_is, went_on
from billing.admin.price_form import TAKEN, PriceForm, in_tokens, price_in_force
from billing.admin.price_preview import Shown, shown
from billing.models import Price
from billing.prices import set_price


def preview(price: Price) -> Shown:
    """What the customers pay before and after, and would have paid."""
    then = in_tokens(price)
    assert then is not None  # a valid form has the numbers
    return shown(
        price.model,
        price.team_id,
        price.effective_at,
        now=in_tokens(price_in_force(price)),
        then=then,
    )


def price_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """Show the form, then what it comes to, then set it."""
    if request.method == "POST":
        form = PriceForm(request.POST)
    else:
        form = PriceForm(initial={"model": request.GET.get("model", "")})
    coming: Shown | None = None
    went_on(request)
    if form.is_valid():
        if _seen(form) and "_set" in request.POST and _was_set(form, request):
            return HttpResponseRedirect(reverse("admin:billing_price_changelist"))
        coming = preview(form.price)
    return TemplateResponse(
        request,
        "admin/billing/price/add.html",
        {
            **admin.admin_site.each_context(request),
            "title": "Set a price",
            "opts": admin.opts,
            "form": form,
            "shown": coming,
            "first": coming is not None and price_in_force(form.price) is None,
            "models": Price.objects.order_by("model").values_list("model", flat=True).distinct(),
        },
    )


def _seen(form: PriceForm) -> bool:
    """Whether these very numbers were on the page that was sent; from now on they are."""
    seen = bool(form.cleaned_data["previewed"] == form.fingerprint)
    form.data = {name: form.data[name] for name in form.data} | {"previewed": form.fingerprint}
    return seen


def _was_set(form: PriceForm, request: HttpRequest) -> bool:
    ask_who_it_is(request)
    try:
        reason = form.cleaned_data["reason"]
        price = set_price(form.price, actor=actor_of(request), reason=reason)
    except IntegrityError:  # somebody else's came first
        form.add_error("effective_at", TAKEN)
        return False
    begins = f"{price.effective_at:%Y-%m-%d %H:%M} UTC"
    messages.success(request, f"The price of {price.model} is set and begins {begins}.")
    return True
