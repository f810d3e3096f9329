"""What people change about how they sign in, written to the audit log: allauth tells of it."""

from typing import Any

from allauth.account import signals as account
from allauth.mfa import signals as mfa
from django.db import transaction

from accounts import audit
from accounts.actors import user_actor
from accounts.models import User

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
