"""Inferences: one row a request."""

from django.db import models

from billing.models import HoldFields


class Inference(HoldFields):
    """One row is one request for a vector: its hold, its end, what it cost and how long it took.

    Never holds what the customer sent. Status changes go through ``billing.holds``.
    """

    dimensions = models.IntegerField()
    idempotency_key = models.CharField(max_length=255, null=True)
    # Milliseconds: from the worker's door to the engine, and in the engine.
    queue_ms = models.IntegerField(null=True)
    compute_ms = models.IntegerField(null=True)

    class Meta(HoldFields.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.id
