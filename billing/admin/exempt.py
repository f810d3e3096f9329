"""The page on which an operator lets a team use models without paying, or lets it pay again."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from accounts import teams
from accounts.admin.base import actor_of
from accounts.models import BillingMode, Team
from billing import price_effect
from billing.admin.acts import Act, ActForm, act_page, reason_field
from billing.amounts import dollars, grouped
from billing.models import Account


class ModeForm(ActForm):
    """Which of the two, and why. ``mode`` is what the page offered: sent twice, it is set once."""

    field_order = ("reason",)

    mode = forms.ChoiceField(choices=BillingMode.choices, widget=forms.HiddenInput)
    reason = reason_field("The audit log keeps it with your name; the team reads it there.")


def exempt_page(admin: Any, request: HttpRequest, account: Account) -> HttpResponse:
    """Show the form, what it means, or do it."""
    team = account.team
    assert team is not None  # the page is refused for system accounts
    other = BillingMode.METERED if _is_exempt(team) else BillingMode.EXEMPT
    form = ModeForm(
        request.POST if request.method == "POST" else None, initial={"mode": other.value}
    )
    charged = price_effect.charged(team.pk)
    act = Act(
        title="Meter this team again" if _is_exempt(team) else "Exempt this team",
        button="Meter it" if _is_exempt(team) else "Exempt it",
        template="admin/billing/account/exempt.html",
        back=reverse("admin:billing_account_change", args=[account.pk]),
        preview=lambda said: {"exempts": said.cleaned_data["mode"] == BillingMode.EXEMPT},
        do=lambda said: _set(said, team, request),
        about={
            "original": account,
            "team": team,
            "is_exempt": _is_exempt(team),
            "charged": grouped(charged),
            "charged_worth": dollars(charged),
            "days": price_effect.DAYS,
        },
        danger=not _is_exempt(team),
    )
    return act_page(admin, request, form, act)


def _is_exempt(team: Team) -> bool:
    return team.billing_mode == BillingMode.EXEMPT


def _set(form: ModeForm, team: Team, request: HttpRequest) -> str:
    mode, reason = form.cleaned_data["mode"], form.cleaned_data["reason"]
    teams.set_billing_mode(team.pk, mode, actor=actor_of(request), reason=reason)
    word = "exempt: it is never charged" if mode == BillingMode.EXEMPT else "metered"
    messages.success(request, f"{team.name} is {word}, everywhere within 5 seconds.")
    return reverse("admin:billing_account_change", args=[team.pk])
