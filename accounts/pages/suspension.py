"""Why a team is suspended, in words for its people."""

from accounts.access import audit_events_of
from accounts.models import ActorKind, Team

# By what suspended it: the id of a system's actor.
_BY_ITSELF = {
    "fraud_warning": "A bank warned of fraud on one of its payments, and a person has to look at "
    "it first. Ask the operator of this installation.",
}
_BY_A_PERSON = "Ask the operator of this installation why."


def why_suspended(team: Team) -> str:
    """A sentence or two; empty for a team that is not."""
    if not team.is_suspended:
        return ""
    if team.suspended_reason:
        return f"The operator says: {team.suspended_reason}"
    events = audit_events_of(team.id).filter(action="team.suspended")
    last = events.order_by("-id").first()
    if last is None or last.actor_kind != ActorKind.SYSTEM:
        return _BY_A_PERSON
    return _BY_ITSELF.get(last.actor_id, _BY_A_PERSON)
