"""Choosing a role, with what each may do beside it."""

from typing import Any

from django import forms
from django.utils.html import format_html

from accounts.models import Role
from accounts.pages.door import TeamRequest
from accounts.roles import May

_MEANING = {
    Role.OWNER: "Everything, and the only one who makes and unmakes owners.",
    Role.ADMIN: "Everything but owners: keys, people, money, settings, the audit log.",
    Role.BILLING: "Money: credit, top-ups, statement and receipts. Reads the rest.",
    Role.DEVELOPER: "API keys, webhooks, playground and versions. Reads the rest.",
    Role.VIEWER: "Reads, and changes nothing.",
}


def role_field(request: TeamRequest) -> forms.ChoiceField:
    """The roles that this member may give."""
    roles = [role for role in Role if role != Role.OWNER or May.OWNERSHIP in request.allowed]
    choices: list[tuple[str, Any]] = [
        (role.value, format_html("{} <small>{}</small>", role.label, _MEANING[role]))
        for role in roles
    ]
    return forms.ChoiceField(label="Role", choices=choices, widget=forms.RadioSelect)
