"""Accounts: where credit stands."""

from django.db import models
from django.db.models import F, Q

GENESIS_HASH = "0" * 64


class Account(models.Model):
    """One row is a place that credit moves from or to. Written only by ``billing.ledger``.

    A team's account has the team's id; system accounts have a word. Only team accounts carry
    running numbers: a running balance of ``revenue`` would be one hot row for everybody.
    """

    class System(models.TextChoices):
        """The other ends of transfers."""

        STRIPE_CLEARING = "stripe_clearing"
        REVENUE = "revenue"
        PROMOTIONS = "promotions"
        BREAKAGE = "breakage"
        REFUNDS = "refunds"
        ADJUSTMENTS = "adjustments"

    id = models.CharField(primary_key=True, max_length=40)
    team = models.OneToOneField(
        "accounts.Team", on_delete=models.PROTECT, null=True, related_name="account"
    )
    # All amounts are nano-credits.
    posted = models.BigIntegerField(default=0)  # what all transfers add up to
    held = models.BigIntegerField(default=0)  # promised to requests that run now
    floor = models.BigIntegerField(default=0)  # posted - held never goes below
    open_count = models.IntegerField(default=0)  # requests that run now: the concurrency limit
    sequence = models.BigIntegerField(default=0)  # of the newest transfer that touched it
    chain_hash = models.CharField(max_length=64, default=GENESIS_HASH)  # of that transfer
    # What the team has been told (billing.alerts). The threshold is nano-credits; null is the
    # installation's, 0 is none.
    low_balance = models.BigIntegerField(null=True)
    low_told = models.BooleanField(default=False, db_default=False)
    exhausted_told = models.BooleanField(default=False, db_default=False)
    # The soonest expiry among grants with something left; in the past while any is unbooked.
    next_expiry_at = models.DateTimeField(null=True)
    # When the next scheduled grant begins; in the past while it is unbooked.
    next_grant_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(held__gte=0), name="account_held_not_negative"),
            models.CheckConstraint(
                condition=Q(posted__gte=F("floor") + F("held")), name="account_above_floor"
            ),
            models.CheckConstraint(condition=Q(open_count__gte=0), name="account_open_count"),
            models.CheckConstraint(
                condition=Q(team__isnull=False) | Q(posted=0, held=0, sequence=0),
                name="account_system_carries_nothing",
            ),
        ]

    def __str__(self) -> str:
        return self.id
