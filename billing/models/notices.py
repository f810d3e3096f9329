"""Notices: what a team's people are to be told by mail."""

from django.db import models
from django.db.models import Q

from aurous.kernel.ids import id_length


class Notice(models.Model):
    """One row is one mail to the people of a team who look after its money.

    Written by ``billing.notices`` in the transaction of what caused it; a pass sends it.
    """

    id = models.CharField(primary_key=True, max_length=id_length("ntc"))
    team = models.ForeignKey("accounts.Team", models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=40)  # names the template
    data = models.TextField()  # what the template says, as JSON text
    # What is told only once, e.g. one expiry of one grant. Null: as often as it happens.
    mark = models.CharField(max_length=120, null=True, unique=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # of the next attempt; null when it is over
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="notice_due"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
