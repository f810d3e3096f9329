"""What operators did to teams' money, and what waits for a second person."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import display

from billing import approvals, operator_acts, refunds
from billing.admin.base import LedgerAdmin, page_action
from billing.admin.decision import decision_page
from billing.amounts import signed
from billing.models import OperatorAct
from billing.topup_amounts import cents_text

_STATE_LABELS = {
    "waits": "warning",
    "approved": "success",
    "done": "success",
    "refused": "danger",
    "withdrawn": "info",
    "expired": "info",
}

_FIELDS = (
    ("id", "state_word"),
    ("team", "kind"),
    "amount",
    "reason",
    ("asked_by", "asked_at"),
    "lapses_at",
    ("decided_by", "decided_at"),
    "answer",
)


class Waiting(admin.SimpleListFilter):
    """What can still be decided."""

    title = "waiting"
    parameter_name = "waiting"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """One choice."""
        return (("1", "For a second person"),)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen kind."""
        if self.value() != "1":
            return queryset
        return queryset.filter(pk__in=approvals.waiting().values("pk"))


@admin.register(OperatorAct)
class OperatorActAdmin(LedgerAdmin):
    """Credit given or taken and money given back by operators. Made on the pages of what they
    concern; here they are looked at, and decided by another person.
    """

    list_display = (
        "id",
        "team",
        "kind",
        "amount",
        "state_word",
        "asked_by",
        "asked_at",
        "decided_by",
    )
    list_filter = (Waiting, "state", "kind")
    list_select_related = ("team", "asked_by", "decided_by")
    search_help_text = "act_…, topup_…, team_… or the name of a team"
    found_by: ClassVar = {"act_": "pk", "topup_": "topup"}
    readonly_fields = ("amount", "state_word", "outcome")
    actions_detail: ClassVar = ["decide", "look_again"]
    change_form_before_template = "admin/billing/act/follow.html"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What belongs to its kind."""
        is_refund = obj is not None and obj.kind == OperatorAct.Kind.REFUND
        rest = (
            (("topup", "outcome"),)
            if is_refund
            else ("grant_kind", "priority", ("effective_at", "expires_at"))
        )
        return (*_FIELDS, *rest)

    @admin.display(description="Amount")
    def amount(self, act: OperatorAct) -> str:
        """Credits, or the money of a refund."""
        return cents_text(act.cents) if act.cents else f"{signed(act.credits)} credits"

    @display(description="State", label=_STATE_LABELS)
    def state_word(self, act: OperatorAct) -> str:
        """In a word."""
        return "waits" if act.state == OperatorAct.State.PENDING else str(act.state)

    @admin.display(description="Outcome")
    def outcome(self, act: OperatorAct) -> str:
        """What became of the money, as far as Stripe has said."""
        row = operator_acts.reversal_of(act) if act.kind == OperatorAct.Kind.REFUND else None
        if row is None:
            return ""
        url = reverse("admin:billing_reversal_change", args=[row.pk])
        word = refunds.outcome(row)
        return format_html('<a class="text-link" href="{}">{}</a>', url, word)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A refund whose end is open is followed."""
        return super().change_view(
            request, object_id, form_url, {"follow": _is_open(object_id), **(extra_context or {})}
        )

    def has_decide_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """May agree to what others ask for, and take one's own request back, while it waits."""
        may = request.user.has_perm("billing.change_operatoract")
        return may and (object_id is None or approvals.waiting().filter(pk=object_id).exists())

    @page_action(
        description="Decide", url_path="decide", permissions=["decide"], icon="how_to_vote"
    )
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Agree, refuse or take back."""
        return decision_page(self, request, self._act(request, object_id))

    def has_look_again_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """May see it, while its end is open."""
        return self.has_view_permission(request) and (object_id is None or _is_open(object_id))

    @page_action(
        description="Ask Stripe again",
        url_path="look",
        permissions=["look_again"],
        icon="refresh",
    )
    def look_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Bring a refund to what Stripe says; the same again changes nothing."""
        operator_acts.send(self._act(request, object_id))
        return HttpResponseRedirect(reverse("admin:billing_operatoract_change", args=[object_id]))

    def _act(self, request: HttpRequest, object_id: str) -> OperatorAct:
        rows = self.get_queryset(request).select_related("team", "topup", "asked_by", "decided_by")
        act: OperatorAct | None = rows.filter(pk=object_id).first()
        if act is None:
            raise Http404("There is no such act.")
        return act


def _is_open(act_id: str) -> bool:
    """Whether it is a refund that Stripe has not ended."""
    act = OperatorAct.objects.filter(pk=act_id, kind=OperatorAct.Kind.REFUND).first()
    row = operator_acts.reversal_of(act) if act else None
    return row is not None and refunds.outcome(row) == "pending"
