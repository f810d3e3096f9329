"""Forms of the admin: they ask the operations' own checks, so that a refusal shows at its field."""

from typing import TYPE_CHECKING, Any

from django import forms
from unfold.forms import UserCreationForm
from unfold.widgets import UnfoldAdminSelectWidget

from accounts import members, teams
from accounts.models import Membership, Role, Team, User
from aurous.http.versions import registry
from aurous.kernel.errors import AurousError

if TYPE_CHECKING:
    _TeamModelForm = forms.ModelForm[Team]
    _MembershipModelForm = forms.ModelForm[Membership]
else:  # the class takes no arguments when it runs
    _TeamModelForm = _MembershipModelForm = forms.ModelForm


class PersonCreationForm(UserCreationForm):
    """A new person, with a password or without one."""

    class Meta:
        model = User
        fields = ("email", "name")


class TeamForm(_TeamModelForm):
    """What an operator may change about a team."""

    default_api_version = forms.ChoiceField(
        choices=lambda: [(version, version) for version in registry.versions()],
        widget=UnfoldAdminSelectWidget,
        help_text="What a request without an Aurous-Version header gets.",
    )

    class Meta:
        model = Team
        fields = (
            "name",
            "default_api_version",
        )

    def clean(self) -> dict[str, Any]:
        """Refuse what ``teams.change`` would refuse."""
        cleaned = super().clean() or {}
        for name in self.changed_data:
            try:
                teams.checked({name: cleaned[name]} if name in cleaned else {})
            except AurousError as error:
                self.add_error(name, error.message)
        return cleaned


class MembershipForm(_MembershipModelForm):
    """A person's place in a team."""

    class Meta:
        model = Membership
        fields = ("team", "user", "role")

    def clean_role(self) -> str:
        """The last owner of a team keeps that role."""
        role: str = self.cleaned_data["role"]
        stored = Membership.objects.filter(pk=self.instance.pk).first()
        if stored is not None and role != Role.OWNER and members.is_last_owner(stored):
            raise forms.ValidationError("A team must keep an owner: make another one first.")
        return role
