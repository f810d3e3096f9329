"""The mail that asks somebody into a team."""

import structlog
from django.conf import settings
from django.urls import reverse

from accounts.mail import mail_of, one_line
from accounts.models import Invitation

_log = structlog.get_logger(__name__)


def send(invitation: Invitation, token: str) -> bool:
    """Hand the mail to the mail server, outside any transaction; False where that fails."""
    context = {
        "team": one_line(invitation.team.name),
        "role": invitation.get_role_display().lower(),
        "by": invitation.invited_by.email if invitation.invited_by else "",
        "email": invitation.email,
        "expires_at": invitation.expires_at,
        "link": settings.AUROUS_PUBLIC_URL + reverse("invitation", args=[token]),
    }
    try:
        mail_of("mails/invitation.txt", context).to([invitation.email]).send()
    except OSError as error:  # smtplib's errors are, too
        _log.warning("invitation mail not sent", invitation=invitation.id, reason=str(error))
        return False
    return True
