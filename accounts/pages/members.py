"""The people of a team, and who was asked into it."""

from collections.abc import Iterable
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import connection
from django.http import HttpResponse
from django.shortcuts import render

from accounts.access import memberships_of, open_invitations_of
from accounts.models import Invitation, Membership, Role
from accounts.pages.door import TeamRequest, team_page
from accounts.pages.invite import InviteForm
from accounts.roles import May
from aurous.kernel.clock import database_now
from aurous.ui.paging import page_of


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person as the list shows them."""

    membership: Membership
    is_me: bool
    has_second_factor: bool
    manageable: bool


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """An open invitation as the list shows it."""

    invitation: Invitation
    is_expired: bool
    manageable: bool


@team_page(May.READ)
def members(request: TeamRequest) -> HttpResponse:
    """Both lists, the longest member first."""
    page = page_of(
        request,
        request.team.id,
        memberships_of(request.team.id),
        scope="members",
        rising=True,
    )
    context = {
        "page": page,
        "rows": _member_rows(request, page.rows),
        "invitations": _invitation_rows(request),
        "form": InviteForm(request) if May.MEMBERS in request.allowed else None,
    }
    return render(request, "dashboard/members/list.html", context)


def _member_rows(request: TeamRequest, rows: list[Membership]) -> list[MemberRow]:
    protected = people_with_second_factor(row.user_id for row in rows)
    return [
        MemberRow(
            row,
            is_me=row.user_id == request.user.pk,
            has_second_factor=row.user_id in protected,
            manageable=may_touch(request, row.role),
        )
        for row in rows
    ]


def _invitation_rows(request: TeamRequest) -> list[InvitationRow]:
    now = database_now(connection)
    return [
        InvitationRow(one, one.expires_at <= now, may_touch(request, one.role))
        for one in open_invitations_of(request.team.id)
    ]


def may_touch(request: TeamRequest, role: str) -> bool:
    """Whether this member may change somebody of a role."""
    wanted = May.OWNERSHIP if role == Role.OWNER else May.MEMBERS
    return wanted in request.allowed


def people_with_second_factor(user_ids: Iterable[int]) -> set[int]:
    """Who of them has a passkey or an authenticator app; recovery codes alone are none."""
    found = Authenticator.objects.filter(user_id__in=list(user_ids)).exclude(
        type=Authenticator.Type.RECOVERY_CODES
    )
    return set(found.values_list("user_id", flat=True))
