"""What operators do to a team: suspend, let in, set limits, look at its dashboard, write a note."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from accounts import notes, teams, visits
from accounts.admin.acts import Act, ReasonForm, act_page
from accounts.admin.base import actor_of
from accounts.models import Team, User
from accounts.pages.visiting import link_of
from accounts.validation import WHOLE_NUMBER_MAX
from aurous.kernel.errors import AurousError

TEAMS_AT_ONCE_MAX = 50
_WITHIN = "within 5 seconds"


def page_of(team_id: str) -> str:
    """The operators' page of a team."""
    return reverse("admin:accounts_team_change", args=[team_id])


def team_or_404(team_id: str) -> Team:
    """The team of an address."""
    team = Team.objects.filter(pk=unquote(team_id)).first()  # as the admin's own links write it
    if team is None:
        raise Http404("There is no team of this id.")
    return team


def demand(request: HttpRequest, permission: str) -> None:
    """403 for who may not."""
    if not request.user.has_perm(permission):
        raise PermissionDenied


class SuspendForm(ReasonForm):
    """Why a team is kept out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "reason"
        ].help_text = (
            "The team's people read it on every page; the audit log keeps it with your name."
        )


def suspend(admin: Any, request: HttpRequest, team_id: str) -> HttpResponse:
    """Refuse a team's requests."""
    demand(request, "accounts.change_team")
    team = team_or_404(team_id)
    act = Act(
        "Suspend the team",
        team.name,
        f"Every request of its keys is refused with team_suspended, everywhere {_WITHIN}. What "
        "waits and has not begun is given back free of charge. Its people can still log in and "
        "look.",
        "Suspend",
        danger=True,
    )

    def do(cleaned: dict[str, Any]) -> str:
        teams.suspend(team.pk, actor=actor_of(request), reason=cleaned["reason"])
        return f"{team} is suspended. Every process refuses its keys {_WITHIN}."

    return act_page(
        admin, request, act, SuspendForm(request.POST or None), do, back=page_of(team_id)
    )


def resume(admin: Any, request: HttpRequest, team_id: str) -> HttpResponse:
    """Let a suspended team in, whoever suspended it."""
    demand(request, "accounts.change_team")
    team = team_or_404(team_id)
    act = Act(
        "Let the team in again",
        team.name,
        f"Its keys work again {_WITHIN}. A warning of fraud that suspended it stays on file; "
        "auto-recharge stays off until the team switches it on.",
        "Let it in",
        facts=[("It is suspended because", team.suspended_reason or "nobody wrote why")],
    )

    def do(cleaned: dict[str, Any]) -> str:
        teams.resume(team.pk, actor=actor_of(request), reason=cleaned["reason"])
        return f"{team} is let in again. Its keys work {_WITHIN}."

    return act_page(
        admin, request, act, ReasonForm(request.POST or None), do, back=page_of(team_id)
    )


def suspend_many(admin: Any, request: HttpRequest) -> HttpResponse:
    """The teams that were chosen in the list, for one reason."""
    demand(request, "accounts.change_team")
    sent = request.POST if request.method == "POST" else request.GET
    chosen = list(Team.objects.filter(pk__in=sent.getlist("team")[:TEAMS_AT_ONCE_MAX]))
    back = reverse("admin:accounts_team_changelist")
    if not chosen:
        return HttpResponseRedirect(back)
    act = Act(
        "Suspend teams",
        ", ".join(team.name for team in chosen),
        f"Every request of their keys is refused, everywhere {_WITHIN}. Each team's people read "
        "the reason.",
        "Suspend " + ("the team" if len(chosen) == 1 else f"{len(chosen)} teams"),
        hidden=[("team", team.pk) for team in chosen],
        danger=True,
    )

    def do(cleaned: dict[str, Any]) -> str:
        for team in chosen:
            teams.suspend(team.pk, actor=actor_of(request), reason=cleaned["reason"])
        return f"Suspended {len(chosen)}. Every process refuses their keys {_WITHIN}."

    return act_page(admin, request, act, SuspendForm(request.POST or None), do, back=back)


def _limit(label: str, default: int) -> forms.IntegerField:
    told = f"{default:,}" if default else "no limit"
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=0,
        max_value=WHOLE_NUMBER_MAX,
        widget=UnfoldAdminIntegerFieldWidget(),
        help_text=f"Empty: the installation's default, {told}. 0: no limit.",
    )


class LimitsForm(ReasonForm):
    """The three limits of a team, and why."""

    field_order = ("rpm", "tpm", "concurrency", "reason")

    def __init__(self, team: Team, data: Any) -> None:
        initial = {
            "rpm": team.rpm_limit,
            "tpm": team.tpm_limit,
            "concurrency": team.concurrency_limit,
        }
        super().__init__(data, initial=initial)
        self.fields["rpm"] = _limit(
            "Requests a minute, of each kind of route", settings.RATE_REQUESTS_PER_MINUTE
        )
        self.fields["tpm"] = _limit("Tokens a minute", settings.RATE_TOKENS_PER_MINUTE)
        self.fields["concurrency"] = _limit("Requests at once", settings.CONCURRENT_REQUESTS_MAX)
        self.order_fields(self.field_order)


def limits(admin: Any, request: HttpRequest, team_id: str) -> HttpResponse:
    """How much a team may ask for at a time."""
    demand(request, "accounts.change_team")
    team = team_or_404(team_id)
    act = Act(
        "Set the limits of the team",
        team.name,
        f"They hold for all of its keys together, everywhere {_WITHIN}.",
        "Set the limits",
    )

    def do(cleaned: dict[str, Any]) -> str:
        teams.set_limits(team.pk, actor=actor_of(request), **cleaned)
        return f"The limits of {team} are set. They hold {_WITHIN}."

    form = LimitsForm(team, request.POST or None)
    return act_page(admin, request, act, form, do, back=page_of(team_id))


class VisitForm(ReasonForm):
    """Why somebody looks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "The team reads it in its audit log, with your address."


def visit(admin: Any, request: HttpRequest, team_id: str) -> HttpResponse:
    """Look at the dashboard as the team sees it."""
    assert isinstance(request.user, User)  # the admin lets nobody else in
    if not visits.may_visit(request.user):
        raise PermissionDenied
    operator, team = request.user, team_or_404(team_id)
    minutes = settings.OPERATOR_VISIT_SECONDS // 60
    act = Act(
        "Look at the dashboard",
        team.name,
        f"You see the team's pages for {minutes} minutes, read only: no act, no secret, no file. "
        "The team's audit log says that you looked, when and why. It ends when you say so, or "
        "log out.",
        "Look",
    )

    def do(cleaned: dict[str, Any]) -> HttpResponse:
        token = visits.ask(team.pk, cleaned["reason"], by=operator)
        return HttpResponseRedirect(link_of(token))

    return act_page(admin, request, act, VisitForm(request.POST or None), do, back=page_of(team_id))


def note(admin: Any, request: HttpRequest, team_id: str) -> HttpResponse:
    """Add what the form on the team's page says."""
    demand(request, "accounts.add_teamnote")
    team = team_or_404(team_id)
    if request.method == "POST":
        try:
            notes.add(team.pk, request.POST.get("text", ""), author=actor_of(request))
        except AurousError:
            messages.error(request, "A note has 1 to 2,000 characters. Nothing was written.")
        else:
            messages.success(request, "The note is written. The team does not see it.")
    return HttpResponseRedirect(page_of(team_id))


ACTS = {"suspend": suspend, "resume": resume, "limits": limits, "visit": visit, "note": note}
