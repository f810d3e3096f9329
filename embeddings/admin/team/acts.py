"""What an operator can do about a team from its page, and what they may."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from accounts.models import Team


@dataclass(frozen=True, slots=True)
class Button:
    """A way to the page of an act."""

    label: str
    icon: str
    url: str
    danger: bool = False


# Label, icon, route, permission. An act whose page is not there is not offered.
_ACTS = (
    ("Look at the dashboard", "visibility", "accounts_team_visit", "accounts.open_dashboard"),
    ("Give or take credit", "balance", "billing_account_correct_credit", "billing.change_account"),
    ("Exempt or meter", "money_off", "billing_account_exempt", "billing.change_account"),
    ("Set limits", "speed", "accounts_team_limits", "accounts.change_team"),
    ("Edit", "edit", "accounts_team_edit", "accounts.change_team"),
)


def buttons(request: HttpRequest, team: Team) -> list[Button]:
    """The acts that this operator may do, the gravest last."""
    rows = [*_ACTS, _standing(team)]
    may = request.user.has_perm
    return [
        Button(label, icon, url, label == "Suspend")
        for label, icon, route, right in rows
        if may(right) and (url := _url(route, team.pk))
    ]


def _standing(team: Team) -> tuple[str, str, str, str]:
    if team.is_suspended:
        return "Let it in again", "play_arrow", "accounts_team_resume", "accounts.change_team"
    return "Suspend", "block", "accounts_team_suspend", "accounts.change_team"


def _url(route: str, team_id: str) -> str:
    try:
        return reverse(f"admin:{route}", args=[team_id])
    except NoReverseMatch:
        return ""
