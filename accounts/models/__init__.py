"""Tables of the accounts app."""

from accounts.models.api_keys import ApiKey, ApiKeySecret, Scope
from accounts.models.audit import ActorKind, AuditEvent
from accounts.models.idempotency import IdempotencyClaim
from accounts.models.invitations import Invitation
from accounts.models.memberships import Membership, Role
from accounts.models.notes import TeamNote
from accounts.models.teams import BillingMode, Team
from accounts.models.users import User
from accounts.models.visits import Visit

__all__ = [
    "ActorKind",
    "ApiKey",
    "ApiKeySecret",
    "AuditEvent",
    "BillingMode",
    "IdempotencyClaim",
    "Invitation",
    "Membership",
    "Role",
    "Scope",
    "Team",
    "TeamNote",
    "User",
    "Visit",
]
