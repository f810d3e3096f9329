"""What members do to members: roles, removal, leaving, handing the team over.

Each operation is one durable transaction with its audit events. Who acts is read again under the
team's lock: a role that was taken away a moment ago decides.
"""

from django.db import transaction

from accounts import audit, members
from accounts.access import member_for
from accounts.actors import user_actor
from accounts.models import Membership, Role, Team, User
from accounts.roles import May, demand
from aurous.kernel.errors import AurousError


def set_role(team_id: str, user_id: int, role: str, *, by: User) -> Membership:
    """Give a member another role. Only owners make, change and unmake owners.

    Raises ``resource_not_found``, ``invalid_format`` (no role, the last owner), ``NotAllowed``.
    """
    with transaction.atomic(durable=True):
        mine = lock_place(team_id, by)
        theirs = member_for(team_id, user_id)
        demand(mine.role, power_over(theirs.role, role))
        return members.change_role(theirs, role, actor=user_actor(by))


def remove(team_id: str, user_id: int, *, by: User) -> None:
    """Take somebody out of a team. Only owners remove owners, and the last one stays.

    Raises ``resource_not_found``, ``invalid_format``, ``NotAllowed``.
    """
    with transaction.atomic(durable=True):
        mine = lock_place(team_id, by)
        theirs = member_for(team_id, user_id)
        demand(mine.role, power_over(theirs.role))
        members.remove(theirs, actor=user_actor(by))


def leave(team_id: str, *, by: User) -> None:
    """Go. The last owner stays: ``invalid_format``."""
    with transaction.atomic(durable=True):
        members.remove(lock_place(team_id, by), actor=user_actor(by))


def hand_over(team_id: str, user_id: int, *, by: User) -> None:
    """Make somebody an owner in one's own place; who hands over is an admin afterwards.

    Raises ``resource_not_found``, ``invalid_format``, ``NotAllowed``.
    """
    actor = user_actor(by)
    with transaction.atomic(durable=True):
        mine = lock_place(team_id, by)
        demand(mine.role, May.OWNERSHIP)
        theirs = member_for(team_id, user_id)
        if theirs.pk == mine.pk:
            raise AurousError("invalid_format", "You own the team already.", param="member")
        members.change_role(theirs, Role.OWNER, actor=actor)
        members.change_role(mine, Role.ADMIN, actor=actor)
        change = {"owner": {"old": by.email, "new": theirs.user.email}}
        audit.record(
            "team.ownership_transferred", team=team_id, actor=actor, target=team_id, data=change
        )


def power_over(*roles: str) -> May:
    """What somebody must be allowed to, to give or take one of these roles."""
    return May.OWNERSHIP if Role.OWNER in roles else May.MEMBERS


def lock_place(team_id: str, user: User) -> Membership:
    """Lock the team; then who acts and as what. Raises ``resource_not_found``."""
    team = Team.objects.select_for_update().filter(pk=team_id).first()
    if team is None:
        raise AurousError("resource_not_found", f"There is no team {team_id!r}.")
    membership = member_for(team_id, user.pk)
    membership.team = team
    return membership
