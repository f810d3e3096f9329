"""The ways in which a person can sign in, and where they are signed in, read for their own page."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import connection

from accounts.models import User
from aurous.kernel.clock import database_now


@dataclass(frozen=True, slots=True)
class WaysIn:
    """State of each. ``recovery_codes``: how many are left, None where none were made."""

    has_password: bool
    email: str
    email_verified: bool
    passkeys: int
    has_app: bool
    recovery_codes: int | None
    sessions: int

    @property
    def has_second_factor(self) -> bool:
        """Whether a stolen password alone lets nobody in."""
        return self.has_app or self.passkeys > 0


def ways_in(user: User) -> WaysIn:
    """All of it, in a fixed number of queries."""
    address = EmailAddress.objects.filter(user=user, primary=True).first()
    kinds = list(Authenticator.objects.filter(user=user))
    of = Authenticator.Type
    codes = next((one for one in kinds if one.type == of.RECOVERY_CODES), None)
    return WaysIn(
        has_password=user.has_usable_password(),
        email=user.email,
        email_verified=address is not None and address.verified,
        passkeys=sum(one.type == of.WEBAUTHN for one in kinds),
        has_app=any(one.type == of.TOTP for one in kinds),
        recovery_codes=None if codes is None else len(codes.wrap().get_unused_codes()),
        sessions=_sessions(user),
    )


def _sessions(user: User) -> int:
    """Browsers that are signed in: a session that ran out, or has an older password, is not."""
    keys = UserSession.objects.filter(user=user).values("session_key")
    live = Session.objects.filter(session_key__in=keys, expire_date__gt=database_now(connection))
    mark = user.get_session_auth_hash()
    return sum(one.get_decoded().get(HASH_SESSION_KEY) == mark for one in live)
