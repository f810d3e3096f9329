"""Passkeys, authenticator apps and recovery codes, where they differ from allauth's way."""

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.contrib.auth.base_user import AbstractBaseUser


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The hooks that allauth asks."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is wrong, or has been used.",
        "unverified_email": "Verify your e-mail address first.",
    }

    def generate_authenticator_name(self, user: AbstractBaseUser, kind: Authenticator.Type) -> str:
        """What a new passkey is called until somebody names it."""
        return f"Passkey {Authenticator.objects.filter(user=user, type=kind).count() + 1}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What the browser shows as the site that a passkey is for."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Aurous"}
