"""Teams and who is in them."""

from collections.abc import Callable
from functools import partial, update_wrapper
from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path, reverse

from accounts import caller_cache, members, teams
from accounts.admin import team_acts
from accounts.admin.base import ModelAdmin, NothingToWrite, TabularInline, actor_of
from accounts.admin.forms import MembershipForm, TeamForm
from accounts.models import ApiKey, Membership, Team


class KeyInline(NothingToWrite, TabularInline):
    """The keys of a team."""

    model = ApiKey
    fields = ("id", "name", "scope", "expires_at", "revoked_at", "last_used_at")
    readonly_fields = fields
    extra = 0
    show_change_link = True


class MembershipInline(NothingToWrite, TabularInline):
    """The people of a team."""

    model = Membership
    fields = ("user", "role", "created_at")
    readonly_fields = fields
    extra = 0
    show_change_link = True


@admin.register(Team)
class TeamAdmin(ModelAdmin):
    """Teams. Made by ``manage.py create_team``, which opens their account too; never deleted."""

    form = TeamForm
    list_display = ("name", "id", "state", "billing_mode", "default_api_version", "created_at")
    list_filter = (
        "billing_mode",
        "default_api_version",
        ("suspended_at", admin.EmptyFieldListFilter),
    )
    search_fields = ("id", "name")
    ordering = ("-created_at", "-id")
    readonly_fields = ("id", "billing_mode", "suspended_at", "created_at")
    fields = (
        "id",
        "name",
        "default_api_version",
        "billing_mode",
        "suspended_at",
        "created_at",
    )
    inlines = (KeyInline, MembershipInline)
    actions = ("suspend",)

    @admin.display(description="State")
    def state(self, team: Team) -> str:
        """In a word."""
        return "suspended" if team.is_suspended else "active"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: a team needs an account of money, which the command opens."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No: suspend it."""
        return False

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        """Write what the form changed, and nothing that somebody else changed meanwhile."""
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        teams.apply_changes(obj.pk, actor=actor_of(request), **changes)
        transaction.on_commit(lambda: caller_cache.forget_team(obj.pk))

    def get_urls(self) -> list[URLPattern]:
        """The acts, each a page of its own."""
        return [
            path("suspend/", self._view(team_acts.suspend_many), name="accounts_team_suspend_many"),
            *(
                path(f"<str:team_id>/{name}/", self._view(act), name=f"accounts_team_{name}")
                for name, act in team_acts.ACTS.items()
            ),
            *super().get_urls(),
        ]

    def _view(self, act: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """An act as the address of this admin calls it."""
        bound = partial(act, self)
        update_wrapper(bound, act)
        return self.admin_site.admin_view(bound)

    @admin.action(description="Suspend the selected teams", permissions=["change"])
    def suspend(self, request: HttpRequest, queryset: QuerySet[Team]) -> HttpResponse | None:
        """Ask for a reason, then refuse their requests."""
        chosen = list(queryset.values_list("pk", flat=True)[: team_acts.TEAMS_AT_ONCE_MAX + 1])
        if len(chosen) > team_acts.TEAMS_AT_ONCE_MAX:
            most = team_acts.TEAMS_AT_ONCE_MAX
            messages.error(request, f"Choose at most {most} teams at once. None was suspended.")
            return None
        query = QueryDict(mutable=True)
        query.setlist("team", chosen)
        page = reverse("admin:accounts_team_suspend_many")
        return HttpResponseRedirect(f"{page}?{query.urlencode()}")


@admin.register(Membership)
class MembershipAdmin(ModelAdmin):
    """Who belongs to which team."""

    form = MembershipForm
    list_display = ("user", "team", "role", "created_at")
    list_filter = ("role",)
    list_select_related = ("user", "team")
    search_fields = ("user__email", "team__name", "team__id")
    autocomplete_fields = ("user", "team")
    actions = None  # one at a time: each removal is looked at

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A place in a team is not moved to another person or team."""
        return ("team", "user") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Not the last owner."""
        last = isinstance(obj, Membership) and members.is_last_owner(obj)
        return not last and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        """Add, or give another role."""
        if change:
            members.change_role(obj, obj.role, actor=actor_of(request))
        else:
            added = members.add(obj.team, obj.user, obj.role, actor=actor_of(request))
            obj.pk = added.pk

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        """Take the person out of the team."""
        members.remove(obj, actor=actor_of(request))
