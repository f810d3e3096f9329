"""Comparisons with Stripe that an operator asked for."""

from django.db import models
from django.db.models import Q

from aurous.kernel.ids import id_length
from billing.models.stripe_events import ERROR_CHARACTERS_MAX


class ReconcileRun(models.Model):
    """One row is one comparison of some days, waiting, at work or done.

    Written by ``billing.reconcile_runs``; the result of the last days stands here, the
    differences in the queue of exceptions.
    """

    id = models.CharField(primary_key=True, max_length=id_length("rec"))
    days = models.PositiveSmallIntegerField()
    # The form that asked for it: sent twice, it is one run.
    token = models.CharField(max_length=64, unique=True)
    asked_by = models.CharField(max_length=254)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # of the next attempt; null when it is over
    attempts = models.PositiveSmallIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)
    differences = models.PositiveIntegerField(null=True)
    error = models.CharField(max_length=ERROR_CHARACTERS_MAX, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__isnull=False, finished_at__isnull=True)
                | Q(due_at__isnull=True, finished_at__isnull=False),
                name="reconcile_run_ends",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="reconcile_run_due"
            ),
        ]

    def __str__(self) -> str:
        return self.id
