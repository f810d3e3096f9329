"""The page on which an operator sets a price: asked, shown in credits, then set."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from accounts.admin.base import actor_of
from aurous.kernel.money import credits_per_million
from billing.admin.price_form import MODALITIES, TAKEN, PriceForm, price_in_force
from billing.models import Price
from billing.prices import set_price


@dataclass(frozen=True, slots=True)
class Line:
    """One modality of the preview, in credits per million tokens; None: not taken."""

    modality: str
    now: str | None
    then: str | None


def preview(price: Price) -> list[Line]:
    """What the customer pays before and after."""
    current = price_in_force(price)
    return [
        Line(name.capitalize(), _rate(current, name), _rate(price, name)) for name in MODALITIES
    ]


def _rate(price: Price | None, name: str) -> str | None:
    nano = getattr(price, f"nano_{name}", None)
    return None if nano is None else credits_per_million(nano)


def price_page(admin: Any, request: HttpRequest) -> HttpResponse:
    """Show the form, then what it comes to, then set it."""
    if request.method == "POST":
        form = PriceForm(request.POST)
    else:
        form = PriceForm(initial={"model": request.GET.get("model", "")})
    lines: list[Line] = []
    if form.is_valid():
        if _seen(form) and "_set" in request.POST and _was_set(form, request):
            return HttpResponseRedirect(reverse("admin:billing_price_changelist"))
        lines = preview(form.price)
    return TemplateResponse(
        request,
        "admin/billing/price/add.html",
        {
            **admin.admin_site.each_context(request),
            "title": "Set a price",
            "opts": admin.opts,
            "form": form,
            "lines": lines,
            "first": bool(lines) and price_in_force(form.price) is None,
            "models": Price.objects.order_by("model").values_list("model", flat=True).distinct(),
        },
    )


def _seen(form: PriceForm) -> bool:
    """Whether these very numbers were on the page that was sent; from now on they are."""
    seen = bool(form.cleaned_data["previewed"] == form.fingerprint)
    form.data = {name: form.data[name] for name in form.data} | {"previewed": form.fingerprint}
    return seen


def _was_set(form: PriceForm, request: HttpRequest) -> bool:
    try:
        price = set_price(form.price, actor=actor_of(request))
    except IntegrityError:  # somebody else's came first
        form.add_error("effective_at", TAKEN)
        return False
    begins = f"{price.effective_at:%Y-%m-%d %H:%M} UTC"
    messages.success(request, f"The price of {price.model} is set and begins {begins}.")
    return True
