"""Reversals: money that went back, and what became of the credit it had bought."""

from django.db import models
from django.db.models import F, Q

from aurous.kernel.ids import id_length
from billing.models.grants import Grant
from billing.models.topups import STRIPE_ID_CHARACTERS_MAX, TopUp
from billing.models.transfers import NOTE_CHARACTERS_MAX, Transfer


class Reversal(models.Model):
    """One row is one refund or one dispute of a top-up; its credit is taken once and may be given
    back once.

    Written by ``billing.refunds`` (a refund that we ask for, before Stripe hears of it) and
    ``billing.reversals`` (what Stripe says became of it).
    """

    class Kind(models.TextChoices):
        """What it is at Stripe."""

        REFUND = "refund"
        DISPUTE = "dispute"

    class Effect(models.TextChoices):
        """What it did to the ledger. It only moves forward."""

        NONE = "none"  # asked for, or an inquiry
        TAKEN = "taken"  # the money is gone, and the credit
        RETURNED = "returned"  # the money came back, or never went: final

    id = models.CharField(primary_key=True, max_length=id_length("rev"))
    topup = models.ForeignKey(TopUp, models.PROTECT, related_name="reversals")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    # Null while a refund that we ask for has no answer.
    stripe_id = models.CharField(max_length=STRIPE_ID_CHARACTERS_MAX, null=True, unique=True)
    amount_cents = models.PositiveBigIntegerField()
    credits = models.BigIntegerField()  # nano-credits that it is worth
    effect = models.CharField(max_length=8, choices=Effect.choices, default=Effect.NONE)
    stripe_status = models.CharField(max_length=40, default="")
    reason = models.CharField(max_length=NOTE_CHARACTERS_MAX, default="")
    # The operator's one intention, as with corrections. Null: it did not begin here.
    token = models.CharField(max_length=64, null=True, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0, credits__gte=0), name="reversal_positive"
            ),
            models.CheckConstraint(
                condition=Q(stripe_id__isnull=False) | Q(kind="refund", token__isnull=False),
                name="reversal_known_to_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"], condition=Q(stripe_id__isnull=True), name="reversal_unsent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.stripe_id or self.id}"


class Debt(models.Model):
    """One row is credit that a reversal could not take because it had been spent.

    Money that comes in pays it first, the oldest before the others.
    """

    id = models.CharField(primary_key=True, max_length=id_length("debt"))
    reversal = models.OneToOneField(Reversal, models.PROTECT, related_name="debt")
    team = models.ForeignKey("accounts.Team", models.PROTECT, db_index=False, related_name="+")
    amount = models.BigIntegerField()  # nano-credits
    remaining = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount")),
                name="debt_remaining",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "id"], condition=Q(remaining__gt=0), name="debt_open"),
        ]

    def __str__(self) -> str:
        return self.id


class ReversalTransfer(models.Model):
    """One row says which reversal a transfer belongs to, and which grant was asked first.

    ``prove`` spends the grants of a team once more by reading its transfers; only this row tells
    it that a refund begins with the credit that the refunded money had bought.
    """

    transfer = models.OneToOneField(
        Transfer, models.PROTECT, primary_key=True, related_name="reversal_transfer"
    )
    reversal = models.ForeignKey(Reversal, models.PROTECT, related_name="transfers")
    first_grant = models.ForeignKey(Grant, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return str(self.pk)
