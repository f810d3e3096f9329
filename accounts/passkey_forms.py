"""The forms that take what a browser says a passkey answered: anything at all can be sent there."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm

_MALFORMED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class _Guarded:
    """Text that is no passkey's answer is refused as a wrong one is, and is no fault of ours."""

    def clean_credential(self) -> Authenticator:
        """Whose passkey it is."""
        try:
            return super().clean_credential()  # type: ignore[misc]
        except _MALFORMED as error:
            refused: Any = get_adapter().validation_error("incorrect_code")
            raise refused from error


class PasskeyLoginForm(_Guarded, LoginWebAuthnForm):  # type: ignore[misc]
    """Instead of the password."""


class PasskeyStepForm(_Guarded, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """After it."""
