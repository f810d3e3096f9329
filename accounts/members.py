"""Who is in a team and as what. The only writer of memberships.

Each function works inside the caller's transaction: an operation wraps it.
"""

from django.db import connection

from accounts import audit, validation
from accounts.actors import Actor
from accounts.models import Membership, Role, Team, User
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError


def add(team: Team, user: User, role: str, *, actor: Actor) -> Membership:
    """Take a person into a team. Raises ``invalid_format`` where they are in it already."""
    validation.choice(role, param="role", among=Role.values)
    membership, made = Membership.objects.get_or_create(
        team=team,
        user=user,
        # Not the column's default, for the reason in ``audit.record``.
        defaults={"role": role, "created_at": database_now(connection)},
    )
    if not made:
        raise AurousError(
            "invalid_format", f"{user.email} is a member of this team already.", param="user"
        )
    audit.record("member.added", team=team, actor=actor, target=_target(user), data={"role": role})
    return membership


def change_role(membership: Membership, role: str, *, actor: Actor) -> Membership:
    """Give a member another role. The last owner keeps theirs."""
    validation.choice(role, param="role", among=Role.values)
    locked = _lock(membership)
    if role != Role.OWNER:
        _keep_an_owner(locked)
    differences = audit.apply(locked, {"role": role})
    if differences:
        audit.record(
            "member.role_changed",
            team=locked.team,
            actor=actor,
            target=_target(locked.user),
            data=differences,
        )
    return locked


def remove(membership: Membership, *, actor: Actor) -> None:
    """Take a person out of a team. The last owner stays."""
    locked = _lock(membership)
    _keep_an_owner(locked)
    locked.delete()
    audit.record(
        "member.removed",
        team=locked.team,
        actor=actor,
        target=_target(locked.user),
        data={"role": locked.role},
    )


def _lock(membership: Membership) -> Membership:
    """Lock the team, then read: two owners who leave at the same moment must not both go."""
    team = Team.objects.select_for_update().filter(pk=membership.team_id).first()
    locked = Membership.objects.select_related("user").filter(pk=membership.pk).first()
    if team is None or locked is None:
        raise AurousError("resource_not_found", "This person is not a member any more.")
    locked.team = team
    return locked


def is_last_owner(membership: Membership) -> bool:
    """Whether the team would have no owner without this member as one."""
    others = Membership.objects.filter(team_id=membership.team_id, role=Role.OWNER)
    return membership.role == Role.OWNER and not others.exclude(pk=membership.pk).exists()


def _keep_an_owner(membership: Membership) -> None:
    if is_last_owner(membership):
        raise AurousError(
            "invalid_format", "A team must keep an owner: make another one first.", param="role"
        )


def _target(user: User) -> str:
    return f"user_{user.pk}"
