"""Payments: orders and what went back, to read, and a page to refund."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from billing import refunds
from billing.admin.base import LedgerAdmin, in_credits, page_action
from billing.admin.refund import refund_page
from billing.admin.stripe_ids import at_stripe
from billing.amounts import grouped
from billing.models import (
    AutoRecharge,
    Debt,
    Notice,
    Reversal,
    ReversalTransfer,
    StripeCustomer,
    TopUp,
)
from billing.topup_amounts import cents_text


@admin.register(TopUp)
class TopUpAdmin(LedgerAdmin):
    """Orders of credit."""

    list_display = ("id", "team", "kind", "status", "amount_cents", "bought", "created_at")
    list_filter = ("status", "kind")
    list_select_related = ("team",)
    search_help_text = "topup_…, cs_…, pi_…, ch_…, team_… or the name of a team"
    found_by: ClassVar = {
        "topup_": "pk",
        "cs_": "checkout_id",
        "pi_": "payment_id",
        "ch_": "charge_id",
    }
    exclude = ("credits", "token", "link_due")
    readonly_fields = ("bought", "refundable", "reversals", "at_stripe")
    actions_detail: ClassVar = ["refund"]
    bought = in_credits("credits", "Credits")

    @admin.display(description="At Stripe")
    def at_stripe(self, topup: TopUp) -> str:
        """The way to its page, payment and charge."""
        return at_stripe(topup.checkout_id, topup.payment_id, topup.charge_id)

    @admin.display(description="Can be refunded")
    def refundable(self, topup: TopUp) -> str:
        """Money."""
        return cents_text(max(0, refunds.refundable_cents(topup)))

    @admin.display(description="Refunds and disputes")
    def reversals(self, topup: TopUp) -> str:
        """The way to them."""
        url = f"{reverse('admin:billing_reversal_changelist')}?q={topup.pk}"
        return format_html('<a class="text-link" href="{}">What went back</a>', url)

    def has_refund_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Django's own right to add a reversal: nothing else asks for it."""
        return request.user.has_perm("billing.add_reversal")

    @page_action(description="Refund", url_path="refund", permissions=["refund"], icon="undo")
    def refund(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give its money back, or a part of it."""
        paid = self.get_queryset(request).filter(status=TopUp.Status.SUCCEEDED)
        topup = paid.select_related("team").filter(pk=object_id).first()
        if topup is None:
            raise Http404("There is no paid top-up of this id.")
        return refund_page(self, request, topup)


@admin.register(Reversal)
class ReversalAdmin(LedgerAdmin):
    """Refunds and disputes."""

    list_display = ("id", "topup", "kind", "stripe_id", "effect", "outcome", "amount_cents")
    list_filter = ("kind", "effect")
    search_help_text = "rev_…, re_…, dp_…, topup_…, team_… or the name of a team"
    team_column = "topup__team"
    found_by: ClassVar = {"rev_": "pk", "re_": "stripe_id", "dp_": "stripe_id", "topup_": "topup"}
    exclude = ("credits", "token")
    readonly_fields = ("worth", "outcome", "owed", "at_stripe")
    worth = in_credits("credits", "Credits")

    @admin.display(description="Outcome")
    def outcome(self, row: Reversal) -> str:
        """Of a refund; a dispute has Stripe's own words."""
        return refunds.outcome(row) if row.kind == Reversal.Kind.REFUND else row.stripe_status

    @admin.display(description="At Stripe")
    def at_stripe(self, row: Reversal) -> str:
        """The way to it."""
        return at_stripe(row.stripe_id)

    @admin.display(description="Still owed")
    def owed(self, row: Reversal) -> str:
        """Of credit that had been spent."""
        debt = Debt.objects.filter(reversal=row).first()
        return grouped(debt.remaining) if debt else "nothing"


@admin.register(Debt)
class DebtAdmin(LedgerAdmin):
    """Credit that was spent before its money went back."""

    list_display = ("id", "team", "reversal", "owed_first", "owed")
    list_select_related = ("team", "reversal")
    found_by: ClassVar = {"debt_": "pk"}
    fields = ("id", "team", "reversal", "owed_first", "owed")
    readonly_fields = ("owed_first", "owed")
    owed_first = in_credits("amount", "At first")
    owed = in_credits("remaining", "Still owed")


@admin.register(ReversalTransfer)
class ReversalTransferAdmin(LedgerAdmin):
    """Which transfers a reversal made."""

    list_display = ("transfer", "reversal", "first_grant")
    list_select_related = ("transfer", "reversal", "first_grant")
    team_column = "transfer__account"
    found_by: ClassVar = {"tr_": "pk", "rev_": "reversal"}
    fields = ("transfer", "reversal", "first_grant")


@admin.register(StripeCustomer)
class StripeCustomerAdmin(LedgerAdmin):
    """Teams as Stripe knows them."""

    list_display = ("team", "customer_id", "at_stripe")
    list_select_related = ("team",)
    readonly_fields = ("at_stripe",)
    found_by: ClassVar = {"cus_": "customer_id"}

    @admin.display(description="At Stripe")
    def at_stripe(self, customer: StripeCustomer) -> str:
        """The way to them."""
        return at_stripe(customer.customer_id)


@admin.register(AutoRecharge)
class AutoRechargeAdmin(LedgerAdmin):
    """Who chose to have credit bought."""

    list_display = ("team", "enabled", "below", "amount_cents", "failures", "disabled_reason")
    list_filter = ("enabled",)
    list_select_related = ("team",)
    exclude = ("threshold",)
    readonly_fields = ("below",)
    below = in_credits("threshold", "Below")


@admin.register(Notice)
class NoticeAdmin(LedgerAdmin):
    """Mails to the people who look after a team's money."""

    list_display = ("id", "team", "kind", "created_at", "sent_at", "attempts")
    list_filter = ("kind", ("sent_at", admin.EmptyFieldListFilter))
    list_select_related = ("team",)
    found_by: ClassVar = {"ntc_": "pk"}
    exclude = ("data", "mark")
