"""Operators who look at a team's dashboard."""

from functools import partial

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models.teams import REASON_CHARACTERS_MAX, Team
from aurous.kernel.ids import id_length, new_id


class Visit(models.Model):
    """One row is one operator's look at one team's dashboard: read only, for a limited time.

    Written by ``accounts.visits`` only. ``digest`` is of the link that begins it, which works
    once and for a moment; the link itself is nowhere. All times are the database's.
    """

    class End(models.TextChoices):
        """Why it is over."""

        ASKED = "asked"  # the operator said so
        LOGGED_OUT = "logged_out"
        TIME = "time"
        RIGHTS = "rights"  # the operator may not do it any more
        REPLACED = "replaced"  # the operator began another one
        UNUSED = "unused"  # the link was never followed

    id = models.CharField(
        max_length=id_length("visit"),
        primary_key=True,
        default=partial(new_id, "visit"),
        editable=False,
    )
    team = models.ForeignKey(Team, models.PROTECT, related_name="+")
    operator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField(max_length=REASON_CHARACTERS_MAX)
    digest = models.CharField(max_length=64, unique=True)  # lower-case hex
    asked_at = models.DateTimeField()
    link_ends_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)  # known once it began
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=10, choices=End.choices, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="visit_has_a_reason"),
            models.CheckConstraint(
                condition=Q(began_at__isnull=True, ends_at__isnull=True)
                | Q(began_at__isnull=False, ends_at__isnull=False),
                name="visit_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | (Q(ended_at__isnull=False) & ~Q(end="")),
                name="visit_ended_why",
            ),
        ]
        indexes = [
            # What is open: few rows.
            models.Index(
                fields=["operator"], condition=Q(ended_at__isnull=True), name="visit_open"
            ),
        ]
        permissions = [("open_dashboard", "Can look at a team's dashboard, read only")]

    def __str__(self) -> str:
        return f"{self.operator_id} in {self.team_id}"
