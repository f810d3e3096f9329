"""The page on which an operator gives or takes credit."""

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from ulid import ULID
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.admin.base import actor_of
from aurous.kernel.errors import AurousError
from aurous.kernel.money import CREDITS_MAX_NANO, parse_credits
from billing.amounts import dollars, grouped, signed
from billing.balance import balance_of
from billing.corrections import Correction, correct
from billing.models import Account, Transfer

REASON_CHARACTERS_MAX = Transfer._meta.get_field("note").max_length
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)  # no exponents, no "inf"
_ULID = r"^[0-9A-HJKMNP-TV-Z]{26}\Z"
_USED = (
    "This form has already been sent with another amount or reason, and that one was booked. "
    "Look at the statement before you send this."
)


def _new_token() -> str:
    return str(ULID())


class CorrectionForm(forms.Form):
    """A signed amount and why. ``token`` is new with each page, so that a double click, or a
    reload of the answer, moves credit once.
    """

    amount = forms.CharField(
        label="Credits",
        max_length=40,
        widget=UnfoldAdminTextInputWidget(
            attrs={"inputmode": "text", "autocomplete": "off", "autofocus": True}
        ),
        help_text="5 gives five credits, -5 takes five. At most 9 digits behind the point.",
    )
    reason = forms.CharField(
        label="Reason",
        max_length=REASON_CHARACTERS_MAX,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="The customer reads it on the statement; the audit log keeps it with your name.",
        error_messages={"required": "Say why: a correction needs a reason."},
    )
    token = forms.RegexField(_ULID, widget=forms.HiddenInput, initial=_new_token)

    def clean_amount(self) -> int:
        """Nano-credits, never rounded."""
        text = self.cleaned_data["amount"].replace("\N{MINUS SIGN}", "-")
        try:
            if not _DECIMAL.fullmatch(text):
                raise ValueError(f"{text!r} is not a number of credits")
            nano = parse_credits(text)
        except ValueError as error:
            raise forms.ValidationError(f"{error}.") from error
        if not nano:
            raise forms.ValidationError("A correction of 0 moves nothing.")
        return nano


def correction_page(admin: Any, request: HttpRequest, account: Account) -> HttpResponse:
    """Show the form, or book what it says."""
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _booked(form, request, account):
        amount = form.cleaned_data["amount"]
        left = grouped(balance_of(account.pk).available)
        messages.success(
            request, f"Booked {signed(amount)} for {account.team}. Available now: {left} credits."
        )
        return HttpResponseRedirect(reverse("admin:billing_account_change", args=[account.pk]))
    balance = balance_of(account.pk)
    return TemplateResponse(
        request,
        "admin/billing/account/correct.html",
        {
            **admin.admin_site.each_context(request),
            "title": "Correct credit",
            "opts": admin.opts,
            "original": account,
            "account": account,
            "form": form,
            "available": grouped(balance.available),
            "worth": dollars(balance.available),
            "held": grouped(balance.held),
            "posted": grouped(balance.posted),
        },
    )


def _booked(form: CorrectionForm, request: HttpRequest, account: Account) -> bool:
    """Whether the correction stands in the ledger; if not, the form says why."""
    assert account.team is not None  # the page is refused for system accounts
    wanted = Correction(
        account.team,
        form.cleaned_data["amount"],
        form.cleaned_data["reason"],
        actor_of(request),
        form.cleaned_data["token"],
    )
    if balance_of(account.pk).posted + wanted.amount > CREDITS_MAX_NANO:
        form.add_error("amount", "No account can hold that much.")
        return False
    try:
        correct(wanted)
    except ValueError as error:
        form.add_error("amount", f"{error}.")
        return False
    except AurousError as error:  # the store is busy or away: nothing was moved
        form.add_error(None, error.message)
        return False
    return _is_this_one(form, wanted)


def _is_this_one(form: CorrectionForm, wanted: Correction) -> bool:
    """A used token books nothing: make sure that what it booked is what this form says."""
    booked = Transfer.objects.get(reference=f"correction:{wanted.token}")
    found = (booked.account_id, booked.signed_nano, booked.note)
    if found == (wanted.team.id, wanted.amount, wanted.reason):
        return True
    form.data = {name: form.data[name] for name in form.data} | {"token": _new_token()}
    form.add_error(None, _USED)
    return False
