"""Accounts: every team's credit at a glance, and the one way to change it by hand."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from billing.admin.base import LedgerAdmin, in_credits, page_action
from billing.admin.correction import correction_page
from billing.admin.exempt import exempt_page
from billing.amounts import dollars, grouped
from billing.models import Account


class Whose(admin.SimpleListFilter):
    """Teams, or the other ends of transfers."""

    title = "whose"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, str]]:
        """The two kinds."""
        return (("team", "Teams"), ("system", "The system"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Of the chosen kind."""
        if self.value() not in {"team", "system"}:
            return queryset
        return queryset.filter(team__isnull=self.value() == "system")


@admin.register(Account)
class AccountAdmin(LedgerAdmin):
    """Where credit stands. Changed by transfers only; "Give or take credit" makes one."""

    list_display = (
        "name",
        "available_credits",
        "dollars",
        "held_credits",
        "posted_credits",
        "open_count",
        "id",
    )
    list_filter = (Whose,)
    list_select_related = ("team",)
    search_help_text = "team_… or the name of a team"
    fields = (
        ("id", "team"),
        ("available_credits", "dollars"),
        ("posted_credits", "held_credits"),
        ("floor_credits", "next_expiry_at"),
        ("open_count", "sequence"),
        ("statement", "grants"),
        "chain_hash",
    )
    readonly_fields = (
        "available_credits",
        "dollars",
        "posted_credits",
        "held_credits",
        "floor_credits",
        "statement",
        "grants",
    )
    actions_detail: ClassVar = ["correct_credit", "exempt"]
    posted_credits = in_credits("posted", "Credits posted")
    held_credits = in_credits("held", "Credits held")
    floor_credits = in_credits("floor", "Floor, credits")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the team's name."""
        return super().get_queryset(request).select_related("team")

    @admin.display(description="Account")
    def name(self, account: Account) -> str:
        """The team, or what the system calls its own end of transfers."""
        return account.team.name if account.team else account.pk

    @admin.display(description="Credits available")
    def available_credits(self, account: Account) -> str:
        """What new requests may take."""
        return grouped(account.posted - account.held - account.floor)

    @admin.display(description="Worth")
    def dollars(self, account: Account) -> str:
        """The same in dollars."""
        return dollars(account.posted - account.held - account.floor)

    @admin.display(description="Statement")
    def statement(self, account: Account) -> str:
        """The way to its transfers."""
        return _of_team("transfer", account, "Every movement")

    @admin.display(description="Grants")
    def grants(self, account: Account) -> str:
        """The way to its grants."""
        return _of_team("grant", account, "What the balance is made of")

    def has_correct_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Django's own right to change an account: nothing else asks for it, for accounts are
        not edited. So it means "may correct credit" and needs no permission of its own.
        """
        return request.user.has_perm("billing.change_account")

    @page_action(
        description="Give or take credit",
        url_path="correct",
        permissions=["correct"],
        icon="balance",
    )
    def correct_credit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give or take credit, with a reason."""
        return correction_page(self, request, self._of_a_team(request, object_id))

    @page_action(
        description="Exempt or meter", url_path="exempt", permissions=["correct"], icon="money_off"
    )
    def exempt(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a team use models without paying, or let it pay again."""
        return exempt_page(self, request, self._of_a_team(request, object_id))

    def _of_a_team(self, request: HttpRequest, object_id: str) -> Account:
        rows = self.get_queryset(request).filter(pk=object_id, team__isnull=False)
        account: Account | None = rows.first()
        if account is None:
            raise Http404("There is no team account of this id.")
        return account


def _of_team(model: str, account: Account, words: str) -> str:
    if account.team_id is None:
        return ""
    url = reverse(f"admin:billing_{model}_changelist")
    return format_html('<a class="text-link" href="{}?q={}">{}</a>', url, account.pk, words)
