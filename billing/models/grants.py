"""Grants: what a balance is made of."""

from django.db import models
from django.db.models import F, Q

from aurous.kernel.ids import id_length
from billing.models.accounts import Account
from billing.models.transfers import Transfer


class Grant(models.Model):
    """One row is credit that a team once received, with what is left of it.

    The amounts left over all of a team's grants are its posted balance. Written only by
    ``billing.grants``.
    """

    class Kind(models.TextChoices):
        """Where it came from."""

        PURCHASED = "purchased"
        PROMOTIONAL = "promotional"
        ADJUSTMENT = "adjustment"

    id = models.CharField(primary_key=True, max_length=id_length("grant"))
    account = models.ForeignKey(Account, models.PROTECT, related_name="grants", db_index=False)
    transfer = models.OneToOneField(Transfer, models.PROTECT, related_name="grant")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    amount = models.BigIntegerField()  # nano-credits received
    remaining = models.BigIntegerField()  # nano-credits not yet spent, expired or taken back
    priority = models.SmallIntegerField(default=100)  # lower is spent first
    effective_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("amount")), name="grant_remaining"
            ),
        ]
        indexes = [
            # The spending query: what is left of an account's grants.
            models.Index(fields=["account"], condition=Q(remaining__gt=0), name="grant_live"),
            models.Index(
                fields=["expires_at"],
                condition=Q(remaining__gt=0, expires_at__isnull=False),
                name="grant_expiring",
            ),
        ]

    def __str__(self) -> str:
        return self.id
