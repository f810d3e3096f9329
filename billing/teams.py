"""Opening a team: the team, its account and its first key."""

from datetime import datetime

from accounts import api_keys, teams
from accounts.actors import Actor
from accounts.api_keys import NewKey
from accounts.models import Scope, Team
from billing.grants import NewGrant, give
from billing.ledger import open_account
from billing.models import Account, Grant, Transfer


def open_team(
    name: str, *, owner_email: str | None, credits_nano: int, actor: Actor
) -> tuple[Team, NewKey]:
    """Returns the team and a key with scope ``full``, whose text is shown only now."""
    team = teams.create_team(name, owner_email, actor=actor)
    open_account(team.id)
    if credits_nano:
        grant_credit(team, credits_nano, reason="Opening credit", reference=f"opening:{team.id}")
    return team, api_keys.create(team.id, name="First key", scope=Scope.FULL, actor=actor)


def grant_credit(
    team: Team, amount: int, *, reason: str, reference: str, expires_at: datetime | None = None
) -> str:
    """Promotional credit from the operator; the same reference again gives nothing."""
    return give(
        NewGrant(
            team.id,
            amount,
            Grant.Kind.PROMOTIONAL,
            Transfer.Kind.GRANT,
            Account.System.PROMOTIONS,
            reference,
            note=reason,
            expires_at=expires_at,
        )
    )
