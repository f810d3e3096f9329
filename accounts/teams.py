"""Making and changing teams. The only writer of team rows.

Each operation is one durable transaction with its audit events (who, what, old and new).
``add_team`` and ``apply_changes`` are for a caller that has a transaction of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from accounts import audit, caller_cache, members, validation
from accounts.actors import Actor
from accounts.models import BillingMode, Role, Team, User
from accounts.models.teams import REASON_CHARACTERS_MAX, TEAM_NAME_CHARACTERS_MAX
from aurous.http.versions import registry
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError


class TeamChanges(TypedDict, total=False):
    """What may be changed; what is not named stays. Limits: None is the default, 0 is none.

    ``reason`` goes into the audit log with the change; of a suspension the team's people read it.
    """

    name: str
    default_api_version: str
    billing_mode: str
    suspended: bool
    reason: str
    rpm_limit: int | None
    tpm_limit: int | None
    concurrency_limit: int | None


# Columns whose change is one event together, and the event's name.
_ACTIONS = (
    ("team.renamed", {"name"}),
    ("team.version_set", {"default_api_version"}),
    ("team.billing_mode_set", {"billing_mode"}),
    ("team.limits_set", {"rpm_limit", "tpm_limit", "concurrency_limit"}),
)


def create_team(name: str, owner_email: str | None = None, *, actor: Actor) -> Team:
    """A new team, pinned to the installation's default version.

    The owner is found by address, or made without a password. Raises ``invalid_format`` or
    ``value_out_of_range`` with a ``param``.
    """
    with transaction.atomic(durable=True):
        return add_team(name, owner_email, actor=actor)


def add_team(name: str, owner_email: str | None = None, *, actor: Actor) -> Team:
    """``create_team`` inside the caller's transaction."""
    team = Team.objects.create(name=_name(name), default_api_version=settings.API_DEFAULT_VERSION)
    data = {"name": team.name, "default_api_version": team.default_api_version}
    audit.record("team.created", team=team, actor=actor, target=team.id, data=data)
    if owner_email is not None:
        members.add(team, _person(owner_email), Role.OWNER, actor=actor)
    return team


def change(team_id: str, *, actor: Actor, **changes: Unpack[TeamChanges]) -> Team:
    """Change one or several things about a team: all of them, or none where one is refused.

    What is the same already is no change and leaves no event. Raises ``resource_not_found``,
    ``unknown_version``, ``invalid_format``, ``value_out_of_range``.
    """
    with transaction.atomic(durable=True):
        team = apply_changes(team_id, actor=actor, **changes)
    caller_cache.forget_team(team_id)
    return team


def apply_changes(team_id: str, *, actor: Actor, **changes: Unpack[TeamChanges]) -> Team:
    """``change`` inside the caller's transaction, after which ``caller_cache`` must forget it."""
    wanted = checked(changes)
    team = Team.objects.select_for_update().filter(pk=team_id).first()
    if team is None:
        raise AurousError("resource_not_found", f"There is no team {team_id!r}.")
    suspended = wanted.pop("suspended", team.is_suspended)
    reason = wanted.pop("reason", "")
    told = {"reason": reason} if reason else {}
    differences = audit.apply(team, wanted)
    for action, columns in _ACTIONS:
        data = {column: differences[column] for column in differences if column in columns}
        if data:
            audit.record(action, team=team, actor=actor, target=team.id, data=data | told)
    if suspended != team.is_suspended:
        _set_suspended(team, suspended=suspended, reason=reason, actor=actor)
    return team


def rename(team_id: str, name: str, *, actor: Actor) -> Team:
    """Give a team another name."""
    return change(team_id, actor=actor, name=name)


def set_version(team_id: str, version: str, *, actor: Actor) -> Team:
    """Pin a team to an API version. Raises ``unknown_version``."""
    return change(team_id, actor=actor, default_api_version=version)


def suspend(team_id: str, *, actor: Actor, reason: str = "") -> Team:
    """Refuse every request of a team, everywhere within 5 s. The team's people read why."""
    changes: TeamChanges = {"suspended": True, **_why(reason)}
    return change(team_id, actor=actor, **changes)


def resume(team_id: str, *, actor: Actor, reason: str = "") -> Team:
    """Let a suspended team in again."""
    changes: TeamChanges = {"suspended": False, **_why(reason)}
    return change(team_id, actor=actor, **changes)


def _why(reason: str) -> TeamChanges:
    return {"reason": reason} if reason else {}


def set_billing_mode(team_id: str, mode: str, *, actor: Actor, reason: str = "") -> Team:
    """``metered``, or ``exempt``: never blocked, charged 0."""
    changes: TeamChanges = {"billing_mode": mode, **_why(reason)}
    return change(team_id, actor=actor, **changes)


class Limits(TypedDict, total=False):
    """Limits by their short names; None is the installation's default, 0 is none."""

    rpm: int | None
    tpm: int | None
    concurrency: int | None
    reason: str


def set_limits(team_id: str, *, actor: Actor, **limits: Unpack[Limits]) -> Team:
    """Requests a minute of each route class, tokens a minute, requests at once."""
    changes: TeamChanges = {}
    if "rpm" in limits:
        changes["rpm_limit"] = limits["rpm"]
    if "tpm" in limits:
        changes["tpm_limit"] = limits["tpm"]
    if "concurrency" in limits:
        changes["concurrency_limit"] = limits["concurrency"]
    if "reason" in limits:
        changes["reason"] = limits["reason"]
    return change(team_id, actor=actor, **changes)


def checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes as columns hold them; raises the error of the first that is refused."""
    return {name: _CHECKS[name](value) for name, value in changes.items()}


def _name(value: str) -> str:
    return validation.text(value, param="name", characters_max=TEAM_NAME_CHARACTERS_MAX)


def _version(value: str) -> str:
    known = registry.versions()
    if value not in known:
        raise AurousError(
            "unknown_version",
            f"{value!r} is no API version. Known versions: {', '.join(known)}.",
            param="default_api_version",
        )
    return value


def _billing_mode(value: str) -> str:
    return validation.choice(value, param="billing_mode", among=BillingMode.values)


def _reason(value: str) -> str:
    return validation.text(value, param="reason", characters_max=REASON_CHARACTERS_MAX)


_CHECKS: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "default_api_version": _version,
    "billing_mode": _billing_mode,
    "suspended": bool,
    "reason": _reason,
    "rpm_limit": lambda value: validation.whole_number(value, param="rpm"),
    "tpm_limit": lambda value: validation.whole_number(value, param="tpm"),
    "concurrency_limit": lambda value: validation.whole_number(value, param="concurrency"),
}


def _set_suspended(team: Team, *, suspended: bool, reason: str, actor: Actor) -> None:
    at = database_now(connection) if suspended else None
    data: dict[str, Any] = dict(audit.apply(team, {"suspended_at": at}))
    audit.apply(team, {"suspended_reason": reason if suspended else ""})
    if reason:
        data["reason"] = reason
    action = "team.suspended" if suspended else "team.resumed"
    audit.record(action, team=team, actor=actor, target=team.id, data=data)


def _person(email: str) -> User:
    try:
        validate_email(email.strip())
    except ValidationError as error:
        raise AurousError(
            "invalid_format", f"{email!r} is no e-mail address.", param="owner"
        ) from error
    no_password = {"password": make_password(None)}
    user, made = User.objects.get_or_create(email=email, defaults=no_password)
    if made:
        User.objects.vouch_for(user)
    return user
