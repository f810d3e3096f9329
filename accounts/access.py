"""The only door to tenant rows of this app: what is another team's does not exist."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.db.models.functions import Now

from accounts.models import (
    ApiKey,
    ApiKeySecret,
    AuditEvent,
    IdempotencyClaim,
    Invitation,
    Membership,
    Team,
    User,
)
from aurous.kernel.errors import AurousError

USER_ID_MAX = 2**63 - 1  # what a bigint holds
_NAMED_MAX = 5  # how many teams of one name are listed in an error


def team_for(team_id: str) -> Team:
    """The team with this id, else ``resource_not_found``."""
    team = Team.objects.filter(pk=team_id).first()
    if team is None:
        raise AurousError("resource_not_found", f"There is no team {team_id!r}.")
    return team


def team_by_ref(ref: str) -> Team:
    """The team with this id, or the only one with this name. For operators, never for callers.

    Raises ``resource_not_found`` where there is none, and where a name stands for several.
    """
    team = Team.objects.filter(pk=ref).first()
    if team is not None:
        return team
    named = list(Team.objects.filter(name=ref).order_by("created_at", "id")[: _NAMED_MAX + 1])
    if len(named) == 1:
        return named[0]
    if not named:
        raise AurousError("resource_not_found", f"There is no team with the id or name {ref!r}.")
    ids = ", ".join(team.id for team in named[:_NAMED_MAX])
    more = ", …" if len(named) > _NAMED_MAX else ""
    raise AurousError(
        "resource_not_found",
        f"More than one team is named {ref!r}: {ids}{more}. Use the id instead.",
    )


def teams_of(user: User) -> QuerySet[Team]:
    """The teams that a person belongs to, by name."""
    return Team.objects.filter(memberships__user=user).order_by("name", "id")


def membership_for(user: User, team_id: str) -> Membership:
    """A person's place in a team, else ``resource_not_found`` as if there were no such team."""
    membership = (
        Membership.objects.select_related("team", "user").filter(user=user, team_id=team_id).first()
    )
    if membership is None:
        raise AurousError("resource_not_found", f"There is no team {team_id!r}.")
    return membership


def memberships_of(team_id: str) -> QuerySet[Membership]:
    """The people of a team, the longest in it first."""
    return (
        Membership.objects.select_related("user")
        .filter(team_id=team_id)
        .order_by("created_at", "id")
    )


def member_for(team_id: str, user_id: int) -> Membership:
    """One person's place in this team, else ``resource_not_found``."""
    known = memberships_of(team_id).filter(user_id=user_id)
    membership = known.first() if user_id <= USER_ID_MAX else None
    if membership is None:
        raise AurousError("resource_not_found", "There is no such member.")
    return membership


def open_invitations_of(team_id: str) -> QuerySet[Invitation]:
    """Who was asked into a team and has not answered, the newest first. Some may have expired."""
    return (
        Invitation.objects.select_related("invited_by")
        .filter(team_id=team_id, accepted_at__isnull=True, revoked_at__isnull=True)
        .order_by("-created_at", "-id")
    )


def invitation_by_digests(digests: Sequence[str]) -> Invitation | None:
    """The invitation whose link has one of these digests, open or not."""
    return (
        Invitation.objects.select_related("team", "invited_by").filter(digest__in=digests).first()
    )


def api_keys_of(team_id: str) -> QuerySet[ApiKey]:
    """Every key of a team, revoked ones too, newest first, with their secrets' heads and tails."""
    return (
        ApiKey.objects.select_related("created_by")
        .prefetch_related("secrets")
        .filter(team_id=team_id)
        .order_by("-created_at", "-id")
    )


def api_key_for(team_id: str, key_id: str) -> ApiKey:
    """One key of this team, else ``resource_not_found``, whether absent or foreign."""
    key = api_keys_of(team_id).filter(pk=key_id).first()
    if key is None:
        raise AurousError("resource_not_found", f"There is no API key {key_id!r}.")
    return key


def any_api_key(key_id: str) -> ApiKey:
    """One key of whatever team. For operators, never for callers."""
    key = ApiKey.objects.select_related("team").filter(pk=key_id).first()
    if key is None:
        raise AurousError("resource_not_found", f"There is no API key {key_id!r}.")
    return key


def secret_by_digests(digests: Sequence[str]) -> tuple[ApiKeySecret, datetime] | None:
    """The secret stored under one of ``digests``, with key and team, and the database's time."""
    row = (
        ApiKeySecret.objects.select_related("api_key__team")
        .annotate(read_at=Now())
        .filter(digest__in=digests)
        .first()
    )
    return None if row is None else (row, row.read_at)


def audit_events_of(team_id: str) -> QuerySet[AuditEvent]:
    """What was changed in a team, newest first."""
    return AuditEvent.objects.filter(team_id=team_id).order_by("-created_at", "-id")


def names_of(team_id: str, ids: Sequence[str]) -> dict[str, str]:
    """What people call the keys and persons among the targets of a team's audit log."""
    keys = ApiKey.objects.filter(team_id=team_id, pk__in=ids).values_list("id", "name")
    numbers = [one.removeprefix("user_") for one in ids if one.startswith("user_")]
    people = User.objects.filter(pk__in=numbers).values_list("pk", "email")
    return {**dict(keys), **{f"user_{number}": email for number, email in people}}


def claim_of_hold(team_id: str, hold_id: str) -> IdempotencyClaim | None:
    """The idempotency key that a request of this team was sent with, while it is remembered."""
    return IdempotencyClaim.objects.filter(team_id=team_id, hold_id=hold_id).first()
