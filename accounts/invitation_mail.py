"""The mail that asks somebody into a team."""

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import Invitation

_log = structlog.get_logger(__name__)


def send(invitation: Invitation, token: str) -> bool:
    """Hand the mail to the mail server, outside any transaction; False where that fails."""
    context = {
        "team": invitation.team.name,
        "role": invitation.get_role_display().lower(),
        "by": invitation.invited_by.email if invitation.invited_by else "",
        "email": invitation.email,
        "expires_at": invitation.expires_at,
        "link": settings.AUROUS_PUBLIC_URL + reverse("invitation", args=[token]),
    }
    # A name may hold anything; a subject is one line.
    subject = " ".join(f"Join {invitation.team.name} on Aurous".split())
    mail = EmailMultiAlternatives(
        subject, render_to_string("mails/invitation.txt", context), to=[invitation.email]
    )
    mail.attach_alternative(render_to_string("mails/invitation.html", context), "text/html")
    try:
        mail.send()
    except OSError as error:  # smtplib's errors are, too
        _log.warning("invitation mail not sent", invitation=invitation.id, reason=str(error))
        return False
    return True
