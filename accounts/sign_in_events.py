"""What people change about how they sign in, written to the audit log: allauth tells of it."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_out
from django.db import transaction

from accounts import audit, visits
from accounts.actors import user_actor
from accounts.models import User, Visit

_ACTIONS = {
    account.user_signed_up: "person.signed_up",
    account.email_changed: "person.email_changed",
    account.password_set: "person.password_changed",
    account.password_changed: "person.password_changed",
    account.password_reset: "person.password_reset",
    mfa.authenticator_added: "person.second_factor_added",
    mfa.authenticator_removed: "person.second_factor_removed",
    mfa.authenticator_reset: "person.recovery_codes_made",
}


def connect() -> None:
    """Listen."""
    for signal, action in _ACTIONS.items():
        signal.connect(_listener(action), dispatch_uid=f"audit {action} {id(signal)}", weak=False)
    user_logged_out.connect(_end_visits, dispatch_uid="end visits")


def _end_visits(sender: Any, user: User | None, **_told: Any) -> None:
    """Who logs out, on whatever host, looks into no dashboard any more."""
    if user is not None:
        visits.end_of(user, Visit.End.LOGGED_OUT)


def _listener(action: str) -> Any:
    def write(sender: Any, user: User, **told: Any) -> None:
        kind = getattr(told.get("authenticator"), "type", None)
        with transaction.atomic():
            audit.record(
                action,
                team=None,
                actor=user_actor(user),
                target=f"user_{user.pk}",
                data={"kind": str(kind)} if kind else {},
            )

    return write
