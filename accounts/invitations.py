"""Asking people into a team by mail. The only writer of invitations.

Each operation is one durable transaction with its audit event; the mail goes out after it. Where
the mail cannot be sent the invitation stands, and ``resend`` tries again.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from accounts import audit, members, peppers, validation
from accounts.access import invitation_by_digests, memberships_of, open_invitations_of
from accounts.actors import user_actor
from accounts.invitation_mail import send
from accounts.models import Invitation, Membership, Role, Team, User
from accounts.people import lock_place, power_over
from accounts.roles import demand
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError

VALID_DAYS = 7
OPEN_MAX = 100  # of one team; a team is no sender of mass mail
RESEND_SECONDS = 60
TOKEN_BYTES = 32
EMAIL_CHARACTERS_MAX = 254


@dataclass(frozen=True, slots=True)
class Sent:
    """An invitation, and whether its mail was handed to the mail server."""

    invitation: Invitation
    delivered: bool


def invite(team_id: str, email: str, role: str, *, by: User) -> Sent:
    """Ask an address into a team. Only owners ask for owners.

    Raises ``invalid_format`` for what is no address, a member's, or asked already;
    ``value_out_of_range`` where too many are open; ``NotAllowed``.
    """
    address = _address(email)
    validation.choice(role, param="role", among=Role.values)
    token = _new_token()
    with transaction.atomic(durable=True):
        place = lock_place(team_id, by)
        demand(place.role, power_over(role))
        now = database_now(connection)
        _check_free(team_id, address, now)
        made = Invitation.objects.create(
            team=place.team,
            email=address,
            role=role,
            digest=_digest(token),
            invited_by=by,
            created_at=now,
            sent_at=now,
            expires_at=now + timedelta(days=VALID_DAYS),
        )
        _record("invitation.sent", made, by, email=address, role=role)
    return Sent(made, send(made, token))


def resend(team_id: str, invitation_id: str, *, by: User) -> Sent:
    """A new link for seven more days; the one of before opens nothing any more.

    Raises ``resource_not_found``, ``value_out_of_range`` right after another mail, ``NotAllowed``.
    """
    token = _new_token()
    with transaction.atomic(durable=True):
        place = lock_place(team_id, by)
        invitation = _open(team_id, invitation_id)
        demand(place.role, power_over(invitation.role))
        now = database_now(connection)
        if now - invitation.sent_at < timedelta(seconds=RESEND_SECONDS):
            raise AurousError(
                "value_out_of_range", "The mail was sent a moment ago. Try again in a minute."
            )
        invitation.digest, invitation.sent_at = _digest(token), now
        invitation.expires_at = now + timedelta(days=VALID_DAYS)
        invitation.save(update_fields=["digest", "sent_at", "expires_at"])
        _record("invitation.resent", invitation, by, email=invitation.email)
    invitation.team = place.team
    return Sent(invitation, send(invitation, token))


def revoke(team_id: str, invitation_id: str, *, by: User) -> Invitation:
    """Take an invitation back. Raises ``resource_not_found``, ``NotAllowed``."""
    with transaction.atomic(durable=True):
        place = lock_place(team_id, by)
        invitation = _open(team_id, invitation_id)
        demand(place.role, power_over(invitation.role))
        _end(invitation, database_now(connection))
        _record("invitation.revoked", invitation, by, email=invitation.email)
    return invitation


def find(token: str) -> Invitation | None:
    """The invitation that a link opens now; None for one that is answered, taken back or old."""
    invitation = invitation_by_digests(peppers.digests(token))
    if invitation is None or invitation.accepted_at or invitation.revoked_at:
        return None
    return None if invitation.expires_at <= database_now(connection) else invitation


def accept(token: str, *, by: User) -> Membership:
    """Come into the team. Raises ``resource_not_found`` unless the link is good and theirs."""
    with transaction.atomic(durable=True):
        invitation = find(token)
        if invitation is None or invitation.email != by.email:
            raise AurousError("resource_not_found", "This invitation cannot be accepted.")
        Team.objects.select_for_update().filter(pk=invitation.team_id).first()
        now = database_now(connection)
        still_open = Invitation.objects.filter(
            pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True
        )
        if not still_open.update(accepted_at=now):
            raise AurousError("resource_not_found", "This invitation cannot be accepted.")
        _record("invitation.accepted", invitation, by, email=invitation.email)
        return members.add(invitation.team, by, invitation.role, actor=user_actor(by))


def _check_free(team_id: str, email: str, now: datetime) -> None:
    if memberships_of(team_id).filter(user__email=email).exists():
        raise AurousError("invalid_format", f"{email} is a member already.", param="email")
    open_ones = open_invitations_of(team_id)
    before = open_ones.filter(email=email).first()
    if before is not None and before.expires_at > now:
        raise AurousError(
            "invalid_format",
            f"{email} was invited already. Send the mail again from the list.",
            param="email",
        )
    if before is not None:
        _end(before, now)
    if open_ones.count() >= OPEN_MAX:
        raise AurousError(
            "value_out_of_range",
            f"{OPEN_MAX} invitations are open. Take some back first.",
            param="email",
        )


def _open(team_id: str, invitation_id: str) -> Invitation:
    invitation = open_invitations_of(team_id).filter(pk=invitation_id).first()
    if invitation is None:
        raise AurousError("resource_not_found", "There is no such open invitation.")
    return invitation


def _end(invitation: Invitation, now: datetime) -> None:
    invitation.revoked_at = now
    invitation.save(update_fields=["revoked_at"])


def _record(action: str, invitation: Invitation, by: User, **data: str) -> None:
    audit.record(
        action, team=invitation.team_id, actor=user_actor(by), target=invitation.id, data=data
    )


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


def _digest(token: str) -> str:
    return peppers.digest(peppers.current(), token)


def _address(email: str) -> str:
    text = validation.text(email, param="email", characters_max=EMAIL_CHARACTERS_MAX).lower()
    try:
        validate_email(text)
    except ValidationError as error:
        raise AurousError(
            "invalid_format", f"{text} is no e-mail address.", param="email"
        ) from error
    return text
