"""Comparisons with Stripe that were asked for, with their result, and a button for another."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from accounts.admin.base import actor_of
from aurous.ui.once import FIELD, new_token
from billing import reconcile_runs
from billing.admin.acts import text_input
from billing.admin.base import LedgerAdmin, page_action
from billing.admin.confirm import Question, confirm_page
from billing.models import ReconcileRun

DAYS_OFFERED = 7


class DaysForm(forms.Form):
    """How far back to look."""

    days = forms.IntegerField(
        label="Days",
        initial=DAYS_OFFERED,
        min_value=1,
        max_value=settings.OPERATOR_RECONCILE_DAYS_MAX,
        widget=text_input(inputmode="numeric"),
        help_text="Back from now. Thirty days of a busy installation take minutes.",
    )


@admin.register(ReconcileRun)
class ReconcileRunAdmin(LedgerAdmin):
    """Comparisons that operators asked for. The hourly sweep has none of its own here."""

    list_display = ("id", "days", "state", "differences", "asked_by", "asked_at", "finished_at")
    search_help_text = "rec_…"
    fields = (
        ("id", "state", "differences"),
        ("days", "attempts"),
        ("asked_by", "asked_at", "finished_at"),
        "error",
        "found",
    )
    readonly_fields = ("state", "found")
    actions_list: ClassVar = ["reconcile_now"]
    change_form_before_template = "admin/billing/act/follow.html"

    def find(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """A run is of no team."""
        return queryset.filter(pk=text)

    @display(
        description="State",
        label={"agrees": "success", "differs": "danger", "failed": "danger", "waits": "info"},
    )
    def state(self, run: ReconcileRun) -> str:
        """In a word."""
        if run.finished_at is None:
            return "at work" if run.attempts else "waits"
        if run.differences is None:
            return "failed"
        return "differs" if run.differences else "agrees"

    @admin.display(description="Differences")
    def found(self, run: ReconcileRun) -> str:
        """The way to the queue in which they stand."""
        if not run.differences:
            return "None." if run.differences == 0 else ""
        url = f"{reverse('admin:billing_paymentexception_changelist')}?open=1"
        return format_html('<a class="text-link" href="{}">In the queue of exceptions</a>', url)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Followed while it is not over."""
        is_open = ReconcileRun.objects.filter(pk=object_id, finished_at=None).exists()
        return super().change_view(
            request, object_id, form_url, {"follow": is_open, **(extra_context or {})}
        )

    def has_ask_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Django's own right to add a run: nothing else asks for it."""
        return request.user.has_perm("billing.add_reconcilerun")

    @page_action(
        description="Reconcile now", url_path="now", permissions=["ask"], icon="compare_arrows"
    )
    def reconcile_now(self, request: HttpRequest) -> HttpResponse:
        """Compare the last days in the background."""
        form = DaysForm(request.POST if request.method == "POST" else None)

        def do(said: Any) -> str:
            token = request.POST.get(FIELD) or new_token()
            reconcile_runs.ask(said["days"], actor=actor_of(request), token=token)
            return "It begins within seconds; its result stands here."

        question = Question(
            title="Reconcile now",
            about="Compare Stripe's balance transactions with the books, both ways",
            words="What a second look can mend is mended; what differs goes into the queue of "
            "exceptions. It works in the background and moves no money of its own.",
            button="Begin",
            back=reverse("admin:billing_reconcilerun_changelist"),
        )
        return confirm_page(self, request, question, do, form)
