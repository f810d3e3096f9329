"""Invitations: somebody was asked, by mail, to come into a team."""

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.models.memberships import Role
from accounts.models.teams import Team
from accounts.models.users import LowercaseEmailField
from aurous.kernel.ids import id_length, new_id


class Invitation(models.Model):
    """One row is one address asked into one team. Written by ``accounts.invitations`` only.

    The token of the link is nowhere: ``digest`` is its HMAC-SHA256, as with API keys. Sending the
    mail again makes a new token, and the link of before opens nothing.
    """

    id = models.CharField(
        max_length=id_length("inv"),
        primary_key=True,
        default=partial(new_id, "inv"),
        editable=False,
    )
    # No index of its own: the unique one begins with the team.
    team = models.ForeignKey(Team, models.PROTECT, related_name="invitations", db_index=False)
    email = LowercaseEmailField()
    role = models.CharField(max_length=16, choices=Role.choices)
    digest = models.CharField(max_length=64, unique=True)  # lower-case hex
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    sent_at = models.DateTimeField()  # the newest mail
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "email"],
                condition=models.Q(accepted_at__isnull=True, revoked_at__isnull=True),
                name="invitation_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="invitation_role"
            ),
            models.CheckConstraint(
                condition=models.Q(id__startswith="inv_"), name="invitation_id_prefix"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=True) | models.Q(revoked_at__isnull=True),
                name="invitation_one_end",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}: {self.role}"
