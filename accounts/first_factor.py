"""A person's first second factor: what setting it up means for the sessions that are open."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.http import HttpRequest

from accounts.models import User

_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def connect() -> None:
    """Listen."""
    signals.authenticator_added.connect(_added, dispatch_uid="first second factor")


def _added(request: HttpRequest, user: User, authenticator: Authenticator, **_told: Any) -> None:
    """Setting it up showed it, so this session has it; all others were opened without and end.

    So no session of somebody with a factor was opened by a password alone, whoever has it. A
    further factor counts for nothing until it is used.
    """
    if authenticator.type not in _FACTORS:
        return
    mine = Authenticator.objects.filter(user=user, type__in=_FACTORS)
    if mine.exclude(pk=authenticator.pk).exists():
        return
    record_authentication(request, user, "mfa", id=authenticator.pk, type=authenticator.type)
    others = UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key)
    for session in others:
        session.end()
