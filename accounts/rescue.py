"""What operators do for a person who cannot help themselves: sign them out, let them in again.

Each is one durable transaction with its audit event; the mail about it goes out afterwards.
"""

import structlog
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts import audit, visits
from accounts.actors import Actor
from accounts.mail import mail_of
from accounts.models import User, Visit

_log = structlog.get_logger(__name__)
# What a second factor is called; never what it is.
KINDS = {
    Authenticator.Type.TOTP.value: "authenticator app",
    Authenticator.Type.WEBAUTHN.value: "passkey",
    Authenticator.Type.RECOVERY_CODES.value: "recovery codes",
}


def sign_out_everywhere(person: User, *, actor: Actor, reason: str) -> int:
    """End every session of a person, and what they look at as an operator; how many ended."""
    with transaction.atomic(durable=True):
        ended = _end_sessions(person)
        _record("person.signed_out", person, actor, reason=reason, sessions=ended)
    return ended


def reset_second_factors(person: User, *, actor: Actor, reason: str) -> list[str]:
    """Take every second factor and recovery code away, sign the person out, and mail them.

    Their password stays, or their address, to which a code to set one is sent. Answers what was
    taken: ``["authenticator app", "passkey: Phone"]``.
    """
    with transaction.atomic(durable=True):
        mine = list(Authenticator.objects.select_for_update().filter(user=person).order_by("pk"))
        taken = [name_of(one) for one in mine]
        Authenticator.objects.filter(pk__in=[one.pk for one in mine]).delete()
        ended = _end_sessions(person)
        kinds = sorted({KINDS.get(one.type, one.type) for one in mine})
        _record(
            "person.second_factor_reset", person, actor, reason=reason, kinds=kinds, sessions=ended
        )
    _tell(person, kinds)
    return taken


def name_of(factor: Authenticator) -> str:
    """What a second factor is called: its kind, and the name that its owner gave it."""
    kind = KINDS.get(factor.type, str(factor.type))
    if factor.type != Authenticator.Type.WEBAUTHN:
        return kind
    return f"{kind}: {factor.wrap().name}"


def _end_sessions(person: User) -> int:
    sessions = list(UserSession.objects.filter(user=person))
    for session in sessions:
        session.end()
    visits.end_of(person, Visit.End.LOGGED_OUT)
    return len(sessions)


def _record(action: str, person: User, actor: Actor, **data: object) -> None:
    audit.record(action, team=None, actor=actor, target=f"user_{person.pk}", data=data)


def _tell(person: User, kinds: list[str]) -> None:
    """Mail the person, so that a reset that they did not ask for is found out."""
    context = {
        "email": person.email,
        "kinds": kinds,
        "link": settings.AUROUS_PUBLIC_URL + reverse("security"),
    }
    try:
        mail_of("mails/second_factor_reset.txt", context).to([person.email]).send()
    except OSError as error:  # smtplib's errors are, too
        _log.warning("second factor reset mail not sent", person=person.pk, reason=str(error))
