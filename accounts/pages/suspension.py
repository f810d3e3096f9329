"""Why a team is suspended, in words for its people."""

from accounts.access import audit_events_of
from accounts.models import ActorKind, Team


def why_suspended(team: Team) -> str:
    """A sentence or two; empty for a team that is not."""
    if not team.is_suspended:
        return ""
    if not team.suspended_reason:
        return "Ask the operator of this installation why."
    events = audit_events_of(team.id).filter(action="team.suspended")
    kind = events.values_list("actor_kind", flat=True).first()
    by_itself = kind == ActorKind.SYSTEM
    return team.suspended_reason if by_itself else f"The operator says: {team.suspended_reason}"
