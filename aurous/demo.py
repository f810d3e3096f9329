"""What the first start of an empty installation makes: a first request is one paste away."""

import secrets
from dataclasses import dataclass

from django.conf import settings

from accounts.actors import system_actor
from accounts.models import Team, User
from aurous.kernel.money import parse_credits
from billing.teams import open_team

EMAIL = "demo@aurous.localhost"


@dataclass(frozen=True, slots=True)
class Demo:
    """The secrets of a new demo team; they are shown once."""

    email: str
    password: str
    api_key: str
    credits: str


def make_demo() -> Demo | None:
    """A team with credit, its owner and a key, or None where any team exists already.

    The owner may also enter the operators' admin: this is a machine of one's own.
    """
    if Team.objects.exists():
        return None
    team, key = open_team(
        "Demo",
        owner_email=EMAIL,
        credits_nano=parse_credits(settings.DEMO_CREDITS),
        actor=system_actor("first start"),
    )
    password = secrets.token_urlsafe(12)
    owner = User.objects.get(memberships__team=team)
    owner.set_password(password)
    owner.is_staff = owner.is_superuser = True
    owner.save(update_fields=["password", "is_staff", "is_superuser"])
    User.objects.vouch_for(owner)
    return Demo(owner.email, password, key.text, settings.DEMO_CREDITS)
