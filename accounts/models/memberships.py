"""Who belongs to which team, and what they may do there."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from accounts.models.teams import Team


class Role(models.TextChoices):
    """What a person may do in one team's dashboard."""

    OWNER = "owner"  # everything, and the only one who makes other owners
    ADMIN = "admin"  # everything but owners
    BILLING = "billing"  # money: top-ups, statement, receipts
    DEVELOPER = "developer"  # keys, webhooks, playground
    VIEWER = "viewer"  # reads


class Membership(models.Model):
    """One row is one person's place in one team. Written by ``accounts.members`` only."""

    # No index of its own: the unique one begins with the team.
    team = models.ForeignKey(Team, models.PROTECT, related_name="memberships", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="membership_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"
