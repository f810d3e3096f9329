"""Promo codes: made and disabled here, each with a page of its own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import connection
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import display

from accounts.admin.base import actor_of
from aurous.kernel.clock import database_now
from billing import promo_codes
from billing.admin.acts import Act, ActForm, act_page, reason_field, text_input
from billing.admin.base import LedgerAdmin, in_credits, page_action
from billing.admin.confirm import Question, confirm_page
from billing.admin.credits_field import CreditsField
from billing.amounts import dollars, grouped
from billing.models import PromoCode, PromoRedemption
from billing.models.promo_codes import CODE_CHARACTERS_MAX

DAYS_MAX = 3_650


class CodeForm(ActForm):
    """What the code is worth, to how many, for how long."""

    main = "code"
    field_order = ("code", "credits", "grant_days", "redemptions_max", "expires_at", "reason")

    code = forms.CharField(
        label="Code",
        max_length=CODE_CHARACTERS_MAX,
        widget=text_input(spellcheck="false", autofocus=True),
        help_text="Letters, digits and dashes; capitals or not is the same.",
    )
    credits = CreditsField(
        nothing="A code gives something.", help_text="What each team that uses it gets."
    )
    grant_days = forms.IntegerField(
        label="Days that the credit lasts",
        required=False,
        min_value=1,
        max_value=DAYS_MAX,
        widget=text_input(inputmode="numeric"),
        help_text="Empty: it does not expire.",
    )
    redemptions_max = forms.IntegerField(
        label="Teams that may use it",
        required=False,
        min_value=1,
        max_value=10**9,
        widget=text_input(inputmode="numeric"),
        help_text="Empty: any number, each once.",
    )
    expires_at = forms.DateTimeField(
        label="Good until (UTC)",
        required=False,
        widget=text_input(type="datetime-local"),
        help_text="Empty: until it is disabled.",
    )
    reason = reason_field("The audit log keeps it with your name.")

    def clean_expires_at(self) -> datetime | None:
        """Later than now."""
        wanted: datetime | None = self.cleaned_data["expires_at"]
        if wanted is not None and wanted <= database_now(connection):
            raise forms.ValidationError("That has passed.")
        return wanted


class DisableForm(forms.Form):
    """Why."""

    reason = reason_field("The audit log keeps it with your name.")


@admin.register(PromoCode)
class PromoCodeAdmin(LedgerAdmin):
    """Words that are worth credit."""

    list_display = ("code", "gives", "state", "redemptions", "redemptions_max", "expires_at")
    exclude = ("credits",)
    readonly_fields = ("gives", "state")
    search_help_text = "a code"
    actions_list: ClassVar = ["make"]
    actions_detail: ClassVar = ["disable"]
    gives = in_credits("credits", "Credits")

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """By the code itself."""
        return queryset.filter(pk=text.upper())

    @display(
        description="State",
        label={"good": "success", "disabled": "danger", "over": "info", "used up": "info"},
    )
    def state(self, code: PromoCode) -> str:
        """In a word."""
        if code.disabled_at is not None:
            return "disabled"
        if code.expires_at is not None and code.expires_at <= database_now(connection):
            return "over"
        most = code.redemptions_max
        return "good" if most is None or code.redemptions < most else "used up"

    def has_make_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Django's own right to add a code."""
        return request.user.has_perm("billing.add_promocode")

    def has_disable_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Django's own right to change a code, while it is not disabled."""
        alive = PromoCode.objects.filter(pk=object_id, disabled_at=None)
        may = request.user.has_perm("billing.change_promocode")
        return may and (object_id is None or alive.exists())

    @page_action(description="Make a code", url_path="make", permissions=["make"], icon="add")
    def make(self, request: HttpRequest) -> HttpResponse:
        """A new one."""
        form = CodeForm(request.POST if request.method == "POST" else None)
        act = Act(
            title="Make a promo code",
            button="Make it",
            template="admin/billing/promo/make.html",
            back=reverse("admin:billing_promocode_changelist"),
            preview=_preview,
            do=lambda said: _make(said, request),
            about={},
        )
        return act_page(self, request, form, act)

    @page_action(
        description="Disable", url_path="disable", permissions=["disable"], icon="do_not_disturb_on"
    )
    def disable(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Nobody uses it any more; what it gave stays."""
        code = self.get_queryset(request).filter(pk=object_id).first()
        if code is None:
            raise Http404("There is no such code.")

        def do(said: Any) -> str:
            promo_codes.disable(code.pk, actor=actor_of(request), reason=said["reason"])
            return "Disabled. What it gave stays."

        question = Question(
            title="Disable a promo code",
            about=code.pk,
            words=f"{code.redemptions:,} teams have used it. What it gave them stays; nobody else "
            "can use it, and it cannot be enabled again.",
            button="Disable it",
            back=reverse("admin:billing_promocode_change", args=[code.pk]),
            step_up=True,
            danger=True,
        )
        form = DisableForm(request.POST if request.method == "POST" else None)
        return confirm_page(self, request, question, do, form)


def _preview(form: CodeForm) -> Mapping[str, Any]:
    said = form.cleaned_data
    word = promo_codes.check_new(said["code"], said["credits"])
    most = said["redemptions_max"]
    return {
        "code": word,
        "credits": grouped(said["credits"]),
        "worth": dollars(said["credits"]),
        "most": most,
        "most_worth": dollars(said["credits"] * most) if most else "",
        "said": said,
    }


def _make(form: CodeForm, request: HttpRequest) -> str:
    said = form.cleaned_data
    made = promo_codes.create(
        said["code"],
        said["credits"],
        actor=actor_of(request),
        grant_days=said["grant_days"],
        redemptions_max=said["redemptions_max"],
        expires_at=said["expires_at"],
        reason=said["reason"],
    )
    messages.success(request, f"{made.code} can be used from now on.")
    return reverse("admin:billing_promocode_change", args=[made.code])


@admin.register(PromoRedemption)
class PromoRedemptionAdmin(LedgerAdmin):
    """Who used which code."""

    list_display = ("id", "code", "team", "grant", "redeemed_at")
    list_select_related = ("code", "team", "grant")
    found_by: ClassVar = {"grant_": "grant"}
