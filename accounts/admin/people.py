"""People and groups of permissions."""

from functools import partial
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from unfold.forms import AdminPasswordChangeForm, UserChangeForm

from accounts import rescue
from accounts.admin import person_acts
from accounts.admin.base import BaseGroupAdmin, BaseUserAdmin
from accounts.admin.forms import PersonCreationForm
from accounts.models import Membership, User
from accounts.ways_in import ways_in

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(BaseGroupAdmin):
    """Groups of permissions, in this admin's clothes."""


@admin.register(User)
class PersonAdmin(BaseUserAdmin):
    """People. Switched off rather than deleted, so that what they did keeps its name."""

    form = UserChangeForm
    add_form = PersonCreationForm
    change_form_before_template = "admin/person/about.html"
    change_password_form = AdminPasswordChangeForm
    ordering = ("email",)
    list_display = ("email", "name", "is_active", "is_staff", "last_login", "created_at")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "name")
    readonly_fields = ("last_login", "created_at")
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        (
            "Permissions",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        ("Dates", {"fields": ("last_login", "created_at")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "usable_password", "password1", "password2")}),
    )

    def get_urls(self) -> list[URLPattern]:
        """The acts, each a page of its own."""
        return [
            *(
                path(
                    f"<str:number>/{name}/",
                    self.admin_site.admin_view(partial(act, self)),
                    name=f"accounts_user_{name}",
                )
                for name, act in person_acts.ACTS.items()
            ),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """With what there is to know about the person before the form."""
        person = User.objects.filter(pk=object_id).first() if object_id.isdigit() else None
        told = {"about": _about(request, person)} if person else {}
        context = {**(extra_context or {}), **told}
        return super().change_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Who makes a person, or gives them another address, vouches for it."""
        super().save_model(request, obj, form, change)
        if not change or "email" in form.changed_data:
            User.objects.vouch_for(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No: untick "is active" instead."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser hands out rights; else who may edit people could make themselves one."""
        fields = tuple(super().get_readonly_fields(request, obj))
        if request.user.is_superuser:
            return fields
        return (*fields, "is_staff", "is_superuser", "groups", "user_permissions")


def _about(request: HttpRequest, person: User) -> dict[str, Any]:
    """Teams and roles, sessions, second factors by their names; what may be done."""
    places = Membership.objects.select_related("team").filter(user=person)
    factors = Authenticator.objects.filter(user=person).order_by("pk")
    return {
        "places": list(places.order_by("team__name", "team_id")),
        "ways": ways_in(person),
        "factors": [rescue.name_of(one) for one in factors],
        "may_sign_out": person_acts.may_sign_out(request, person),
        "may_reset": bool(factors) and person_acts.may_reset(request, person),
    }
