"""How people sign in, where it differs from allauth's way."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse

from accounts import invitations
from accounts.mail import at_public_url, written
from aurous.http.network import client_address, parse_address


def _invited_address(request: HttpRequest) -> str | None:
    """Whom the invitation is for that this sign-up leads back to."""
    back = request.POST.get("next") or request.GET.get("next") or ""
    try:
        match = resolve(back)
    except Resolver404:
        return None
    if match.url_name != "invitation":
        return None
    invitation = invitations.find(match.kwargs["token"])
    return None if invitation is None else invitation.email


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """The hooks that allauth asks."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": "The e-mail address or the password is wrong.",
        "incorrect_password": "The password is wrong.",
        "enter_current_password": "The current password is wrong.",
        "email_taken": "This address belongs to another account.",
        "incorrect_code": "This code is wrong.",
        "too_many_login_attempts": "Too many attempts. Wait a few minutes, then try again.",
        "rate_limited": "A code was sent just now. Wait a few seconds, then ask for another.",
        "same_as_current": "This is the address that you have already.",
    }

    def get_client_ip(self, request: HttpRequest) -> str:
        """Who is counted and shown, by the same rule as for keys that are bound to networks.

        Where a trusted proxy wrote something that is no address, the proxy itself is counted.
        """
        address = client_address(request) or parse_address(request.META.get("REMOTE_ADDR", ""))
        if address is None:
            raise PermissionDenied("The address that this comes from cannot be told.")
        return str(address)

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """As the operator has set it; whoever was invited may always, with the invited address."""
        if settings.AUROUS_SIGNUP_OPEN:
            return True
        invited = _invited_address(request)
        given = request.POST.get("email", invited or "").strip().lower()
        return invited is not None and given == invited

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMultiAlternatives:
        """The text of the template, and the same words as HTML.

        Links lead to the installation's public address: what a browser sent as its host is not
        for mails.
        """
        links = {k: at_public_url(v) for k, v in context.items() if k.endswith("_url") and v}
        ours = {
            "email": email,
            "public_url": settings.AUROUS_PUBLIC_URL,
            "security_url": settings.AUROUS_PUBLIC_URL + reverse("security"),
        }
        words = {**context, **links, **ours}
        mail: EmailMultiAlternatives = super().render_mail(template_prefix, email, words, headers)
        made = written(str(mail.subject), str(mail.body))
        mail.subject, mail.body = made.subject, made.text
        mail.attach_alternative(made.html, "text/html")
        return mail

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to where it was changed from."""
        return reverse("security")

    def get_email_verification_redirect_url(self, email_address: EmailAddress) -> str:
        """Likewise."""
        if self.request.user.is_authenticated:
            return reverse("security")
        return str(super().get_email_verification_redirect_url(email_address))
