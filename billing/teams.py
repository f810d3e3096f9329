"""Opening a team: the team, its account and its first key."""

from datetime import datetime

from django.conf import settings

from accounts import api_keys, teams
from accounts.actors import Actor, system_actor, user_actor
from accounts.api_keys import NewKey
from accounts.models import Scope, Team, User
from aurous.kernel.money import parse_credits
from billing.grants import PRIORITY_DEFAULT, NewGrant, give
from billing.ledger import open_account
from billing.models import Account, Grant, Transfer


def open_team(
    name: str,
    *,
    owner_email: str | None,
    credits_nano: int,
    actor: Actor,
    created_by: User | None = None,
) -> tuple[Team, NewKey]:
    """Returns the team and a key with scope ``full``, whose text is shown only now."""
    team = teams.create_team(name, owner_email, actor=actor)
    open_account(team.id)
    if credits_nano:
        grant_credit(team, credits_nano, reason="Opening credit", reference=f"opening:{team.id}")
    key = api_keys.create(
        team.id, name="First key", scope=Scope.FULL, actor=actor, created_by=created_by
    )
    return team, key


def start_team(name: str, owner: User) -> tuple[Team, NewKey]:
    """A team that a person makes for themselves, with welcome credit where it is their first.

    Raises ``invalid_format`` or ``value_out_of_range`` with a ``param``.
    """
    team, key = open_team(
        name, owner_email=owner.email, credits_nano=0, actor=user_actor(owner), created_by=owner
    )
    welcome = parse_credits(settings.WELCOME_CREDITS)
    if welcome > 0:
        grant_credit(team, welcome, reason="Welcome credit", reference=f"welcome:user_{owner.pk}")
    return team, key


def grant_credit(
    team: Team,
    amount: int,
    *,
    reason: str,
    reference: str,
    expires_at: datetime | None = None,
    effective_at: datetime | None = None,
    priority: int = PRIORITY_DEFAULT,
    actor: Actor | None = None,
) -> str:
    """Promotional credit from the operator; the same reference again gives nothing.

    Returns the id of the grant, or of the scheduled grant where ``effective_at`` is to come: then
    the audit log keeps who promised it. Raises ``ValueError`` for dates that make no sense.
    """
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
            priority=priority,
            effective_at=effective_at,
            actor=actor or system_actor("billing"),
        )
    )
