"""The people of every test: Ada owns Acme, Ben is in it, Cleo is a stranger with her own team."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts import api_keys, members, teams
from accounts.actors import system_actor
from accounts.models import Role, Team, User

PASSWORD = "correct horse battery"
NOBODY = system_actor("tests")  # who sets the stage


@dataclass
class Cast:
    """Everybody, and their teams. ``key`` hands out API keys as they are needed."""

    ada: User
    ben: User
    cleo: User
    acme: Team
    cleos: Team

    def key(self, team: Team | None = None, scope: str = "full", **options: Any) -> str:
        """The text of a new key, of Acme if nobody else is named."""
        return self.new_key(team, scope, **options).text

    def new_key(
        self, team: Team | None = None, scope: str = "full", **options: Any
    ) -> api_keys.NewKey:
        """A new key with its row."""
        options.setdefault("name", f"{scope} key")
        return api_keys.create((team or self.acme).id, scope=scope, actor=NOBODY, **options)


def person(email: str, **fields: Any) -> User:
    """Somebody who can log in with ``PASSWORD``."""
    return User.objects.create_user(email, PASSWORD, **fields)


def make_cast() -> Cast:
    """Everybody on the stage. Needs the database."""
    ada = person("ada@acme.example", name="Ada")
    ben = person("ben@acme.example", name="Ben")
    cleo = person("cleo@cleos.example", name="Cleo")
    acme = teams.create_team("Acme", ada.email, actor=NOBODY)
    with transaction.atomic():
        members.add(acme, ben, Role.DEVELOPER, actor=NOBODY)
    cleos = teams.create_team("Cleo's", cleo.email, actor=NOBODY)
    return Cast(ada, ben, cleo, acme, cleos)


def bearer(text: str) -> dict[str, str]:
    """The header that shows a key, for Django's test client: ``client.get(url, **bearer(key))``."""
    return {"HTTP_AUTHORIZATION": f"Bearer {text}"}
