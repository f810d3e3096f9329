"""Proofs: when the money invariants were checked, and what was found."""

from django.db import models
from django.db.models import Q

from aurous.kernel.ids import id_length

ASKED_BY_CHARACTERS_MAX = 254
ERROR_CHARACTERS_MAX = 300


class Proof(models.Model):
    """One row is one check of every invariant on the live database.

    Written by ``billing.proofs``. Asked for by an operator or by the schedule, and run by whoever
    does periodic work.
    """

    class State(models.TextChoices):
        """How far it is, and how it ended."""

        WAITING = "waiting"
        RUNNING = "running"
        HOLDS = "holds"  # no difference anywhere
        DIFFERS = "differs"
        BROKEN = "broken"  # it could not be run to its end

    id = models.CharField(primary_key=True, max_length=id_length("prf"))
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITING)
    # True until it ended, then null: so there is one at a time, whoever asks.
    unfinished = models.BooleanField(null=True, default=True, unique=True, editable=False)
    asked_by = models.CharField(max_length=ASKED_BY_CHARACTERS_MAX)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    beat_at = models.DateTimeField(null=True)  # when it last said that it is alive
    ended_at = models.DateTimeField(null=True)
    differences = models.PositiveIntegerField(default=0)  # of all invariants
    # A list of {"id", "title", "count", "differences"}; of many differences the first few.
    findings = models.JSONField(default=list)
    error = models.CharField(max_length=ERROR_CHARACTERS_MAX, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    unfinished__isnull=False,  # else a null would be neither true nor false
                    unfinished=True,
                    ended_at__isnull=True,
                    state__in=["waiting", "running"],
                )
                | Q(
                    unfinished__isnull=True,
                    ended_at__isnull=False,
                    state__in=["holds", "differs", "broken"],
                ),
                name="proof_ends_once",
            ),
        ]
        permissions = [("run_proof", "Can have the invariants checked")]

    def __str__(self) -> str:
        return f"{self.state} {self.id}"
