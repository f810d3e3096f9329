"""The key that a team's playground spends with: charges from a browser are explained like others.

It is a key like any other, so its use is in every list, and its limits and its models hold in the
playground too. Nobody has ever seen its text.
"""

from django.db import connection, transaction
from django.db.models import Q

from accounts import api_keys
from accounts.access import api_keys_of
from accounts.actors import Actor
from accounts.models import ApiKey, Scope, Team
from accounts.verdicts import caller_of
from aurous.http.caller import Caller
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError

NAME = "Playground"


def playground_caller(team_id: str, *, actor: Actor) -> Caller:
    """Who the playground is for the rest of the platform; makes the key where there is none.

    Raises ``team_suspended``.
    """
    with transaction.atomic(durable=True):
        team = Team.objects.select_for_update().get(pk=team_id)  # two tabs make one key
        if team.is_suspended:
            raise AurousError("team_suspended", "This team is suspended. Ask the operator why.")
        key = _usable(team_id)
        if key is None:
            key = api_keys.add(team_id, name=NAME, scope=Scope.WRITE, actor=actor).api_key
        key.team = team
    return caller_of(key)


def _usable(team_id: str) -> ApiKey | None:
    now = database_now(connection)
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    named = api_keys_of(team_id).filter(lasting, name=NAME, revoked_at__isnull=True)
    return named.exclude(scope=Scope.READ).first()
