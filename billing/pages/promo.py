"""A promo code: a word that is worth credit, once for a team."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.pages.door import TeamRequest, team_page
from accounts.roles import May
from aurous.kernel.errors import AurousError
from aurous.ui.forms import PageForm
from billing import promo_attempts, promo_codes
from billing.amounts import grouped
from billing.models.promo_codes import CODE_CHARACTERS_MAX

_WRONG = (
    "There is no such code, or it has ended or was used up. Look at its spelling, or ask whoever "
    "gave it to you."
)
_USED = "This team has used that code already. A code works once for a team."


class PromoForm(PageForm):
    """One word."""

    code = forms.CharField(
        label="Promo code",
        max_length=CODE_CHARACTERS_MAX,
        help_text="Capital or small letters make no difference. A code works once for a team.",
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


@team_page(May.MONEY, post=May.MONEY)
def promo(request: TeamRequest) -> HttpResponse:
    """Ask for the code, and give what it is worth."""
    form = PromoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            promo_attempts.refuse_guessing(request.team.id)
            grant = promo_codes.redeem(request.team, form.cleaned_data["code"], actor=request.actor)
        except AurousError as error:
            _refuse(request, form, error)
        else:
            messages.success(request, f"{grouped(grant.amount)} credits were added.", "good")
            return redirect("billing", request.team.id)
    return render(request, "billing/promo.html", {"form": form})


def _refuse(request: TeamRequest, form: PromoForm, error: AurousError) -> None:
    told = error.message
    if error.code == "resource_not_found":
        promo_attempts.count_wrong(request.team.id)
        told = _WRONG
    elif error.code == "value_out_of_range":
        told = _USED
    form.add_error("code", told)
