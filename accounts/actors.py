"""Who did something, as the audit log writes it down: plain text that outlives its row."""

import getpass
from dataclasses import dataclass

from accounts.models import ActorKind, User
from aurous.http.caller import Caller


@dataclass(frozen=True, slots=True)
class Actor:
    """One somebody. Make one with the functions below."""

    kind: ActorKind
    id: str
    label: str


def user_actor(user: User) -> Actor:
    """A person, in the dashboard or the admin."""
    return Actor(ActorKind.USER, str(user.pk), user.email)


def key_actor(caller: Caller) -> Actor:
    """A program that called the API."""
    return Actor(ActorKind.KEY, caller.api_key_id, caller.team_name)


def command_actor(command: str) -> Actor:
    """An operator who typed ``manage.py <command>``."""
    return Actor(ActorKind.COMMAND, command, _login_name())


def system_actor(name: str) -> Actor:
    """Aurous itself: a periodic task, a provider's event."""
    return Actor(ActorKind.SYSTEM, name, "Aurous")


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without an entry in passwd
        return "unknown"
