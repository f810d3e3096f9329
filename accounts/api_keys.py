"""Making, changing, rolling and revoking API keys. The only writer of keys and secrets.

Each operation is one durable transaction with its audit event. ``add`` and ``add_secret`` are for
a caller that has a transaction of its own.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Unpack

from django.db import connection, transaction
from django.db.models import Q

from accounts import audit, caller_cache, peppers, validation
from accounts.actors import Actor
from accounts.key_options import KeyOptions, checked
from accounts.key_text import HEAD_CHARACTERS, TAIL_CHARACTERS, checksum_ok, new_text
from accounts.models import ApiKey, ApiKeySecret, Scope, User
from accounts.models.api_keys import KEY_NAME_CHARACTERS_MAX
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError

__all__ = [
    "ROLL_HOURS_DEFAULT",
    "ROLL_OVERLAP_HOURS",
    "KeyChanges",
    "NewKey",
    "add",
    "add_secret",
    "change",
    "check_form",
    "check_overlap",
    "checksum_ok",
    "create",
    "revoke",
    "roll",
]

ROLL_OVERLAP_HOURS = (0, 1, 24, 168)
ROLL_HOURS_DEFAULT = 24
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)  # every moment lies in its future
_IDENTITY: tuple[str, ...] = ("name", "scope")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and its text: shown once, stored nowhere, kept out of logs by ``repr``."""

    api_key: ApiKey
    text: str = field(repr=False)


class KeyChanges(KeyOptions, total=False):
    """What ``change`` may be given."""

    name: str
    scope: str


def create(
    team_id: str,
    *,
    name: str,
    scope: str,
    actor: Actor,
    created_by: User | None = None,
    **options: Unpack[KeyOptions],
) -> NewKey:
    """A new key of a team. Raises ``invalid_format`` or ``value_out_of_range`` with a ``param``."""
    with transaction.atomic(durable=True):
        return add(team_id, name=name, scope=scope, actor=actor, created_by=created_by, **options)


def add(
    team_id: str,
    *,
    name: str,
    scope: str,
    actor: Actor,
    created_by: User | None = None,
    **options: Unpack[KeyOptions],
) -> NewKey:
    """``create`` inside the caller's transaction."""
    identity = _identity({"name": name, "scope": scope})
    now = database_now(connection)
    rules = checked(options, now)
    # Not the column's default: SQLite compares moments as texts, and its own has fewer digits than
    # a cursor of the list.
    api_key = ApiKey.objects.create(
        team_id=team_id, created_by=created_by, created_at=now, **identity, **rules
    )
    audit.record(
        "key.created", team=team_id, actor=actor, target=api_key.id, data={**identity, **rules}
    )
    return NewKey(api_key, _new_secret(api_key))


def check_form(given: KeyChanges) -> None:
    """Raise what ``create`` and ``change`` would, but for what depends on the moment."""
    rules: dict[str, Any] = dict(given)
    _identity({column: rules.pop(column) for column in _IDENTITY if column in rules})
    checked(rules, _BEFORE_ALL)


def change(team_id: str, key_id: str, *, actor: Actor, **changes: Unpack[KeyChanges]) -> ApiKey:
    """Give a key another name, scope or rules; what is not named stays, None takes a rule away.

    Raises ``resource_not_found`` for a key that is absent, foreign or revoked.
    """
    rules: dict[str, Any] = dict(changes)
    identity = {column: rules.pop(column) for column in _IDENTITY if column in rules}
    with transaction.atomic(durable=True):
        api_key = _lock_live(team_id, key_id)
        wanted = {**_identity(identity), **checked(rules, database_now(connection))}
        differences = audit.apply(api_key, wanted)
        if differences:
            audit.record("key.changed", team=team_id, actor=actor, target=key_id, data=differences)
    caller_cache.forget_key(key_id)
    return api_key


def roll(
    team_id: str, key_id: str, *, actor: Actor, overlap_hours: int = ROLL_HOURS_DEFAULT
) -> NewKey:
    """A second secret for the same key; the ones before it stay valid ``overlap_hours`` at most.

    Raises ``resource_not_found`` for a key that is absent, foreign or revoked.
    """
    with transaction.atomic(durable=True):
        made = add_secret(team_id, key_id, actor=actor, overlap_hours=overlap_hours)
    caller_cache.forget_key(key_id)
    return made


def add_secret(
    team_id: str, key_id: str, *, actor: Actor, overlap_hours: int = ROLL_HOURS_DEFAULT
) -> NewKey:
    """``roll`` inside the caller's transaction; after it ``caller_cache`` must forget the key."""
    check_overlap(overlap_hours)
    api_key = _lock_live(team_id, key_id)
    until = database_now(connection) + timedelta(hours=overlap_hours)
    _end_secrets(api_key, until)
    text = _new_secret(api_key)
    data = {"overlap_hours": overlap_hours, "old_valid_until": until}
    audit.record("key.rolled", team=team_id, actor=actor, target=key_id, data=data)
    return NewKey(api_key, text)


def check_overlap(overlap_hours: int) -> None:
    """Raise ``invalid_format`` unless old secrets may live on for so long."""
    if overlap_hours not in ROLL_OVERLAP_HOURS:
        hours = ", ".join(str(hours) for hours in ROLL_OVERLAP_HOURS)
        raise AurousError(
            "invalid_format", f"overlap_hours must be one of {hours}.", param="overlap_hours"
        )


def revoke(team_id: str, key_id: str, *, actor: Actor) -> ApiKey:
    """End a key for good. Twice is once: the first time stands.

    Raises ``resource_not_found`` for a key that is absent or foreign.
    """
    with transaction.atomic(durable=True):
        api_key = _lock(team_id, key_id)
        if api_key.revoked_at is None:
            api_key.revoked_at = database_now(connection)
            api_key.save(update_fields=["revoked_at"])
            audit.record("key.revoked", team=team_id, actor=actor, target=key_id)
    caller_cache.forget_key(key_id)
    return api_key


def _identity(given: dict[str, Any]) -> dict[str, str]:
    found = {}
    if "name" in given:
        found["name"] = validation.text(
            given["name"], param="name", characters_max=KEY_NAME_CHARACTERS_MAX
        )
    if "scope" in given:
        found["scope"] = validation.choice(given["scope"], param="scope", among=Scope.values)
    return found


def _lock(team_id: str, key_id: str) -> ApiKey:
    api_key = ApiKey.objects.select_for_update().filter(team_id=team_id, pk=key_id).first()
    if api_key is None:
        raise AurousError("resource_not_found", f"There is no API key {key_id!r}.")
    return api_key


def _lock_live(team_id: str, key_id: str) -> ApiKey:
    api_key = _lock(team_id, key_id)
    if api_key.revoked_at is not None:
        raise AurousError("resource_not_found", f"The API key {key_id!r} was revoked.")
    return api_key


def _end_secrets(api_key: ApiKey, until: datetime) -> None:
    """No secret of before lives past ``until``; one that ends sooner anyway still does."""
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=until)
    ApiKeySecret.objects.filter(lasting, api_key=api_key).update(expires_at=until)


def _new_secret(api_key: ApiKey) -> str:
    text = new_text()
    pepper = peppers.current()
    ApiKeySecret.objects.create(
        api_key=api_key,
        digest=peppers.digest(pepper, text),
        pepper_version=pepper.version,
        head=text[:HEAD_CHARACTERS],
        tail=text[-TAIL_CHARACTERS:],
    )
    return text
