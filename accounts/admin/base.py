"""What the admin pages of every app share: unfold's classes, with the types of Django's."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin as UnfoldModelAdmin
from unfold.admin import TabularInline as UnfoldTabularInline

from accounts.actors import Actor, user_actor
from accounts.models import User

if TYPE_CHECKING:  # unfold brings no types; its classes can do all that Django's can
    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    BaseUserAdmin = UserAdmin[Any]
    BaseGroupAdmin = GroupAdmin
else:
    ModelAdmin = UnfoldModelAdmin
    TabularInline = UnfoldTabularInline

    class BaseUserAdmin(UserAdmin, UnfoldModelAdmin):
        """People, in this admin's clothes."""

    class BaseGroupAdmin(GroupAdmin, UnfoldModelAdmin):
        """Groups, in this admin's clothes."""


def actor_of(request: HttpRequest) -> Actor:
    """Who is at the keyboard, for the audit log."""
    assert isinstance(request.user, User)  # the admin lets nobody else in
    return user_actor(request.user)


class NothingToWrite:
    """For rows that are looked at and never written here."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """No."""
        return False
