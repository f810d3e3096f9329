"""Transfers: the ledger."""

from django.db import models
from django.db.models import F, Q

from aurous.kernel.ids import id_length
from billing.models.accounts import Account

NOTE_CHARACTERS_MAX = 300


class Transfer(models.Model):
    """One row is one movement of credit. Never changed, never deleted; the database refuses.

    Credit goes from ``debit`` to ``credit``. A mistake is mended by another transfer. Written
    only by ``billing.ledger``.
    """

    class Kind(models.TextChoices):
        """Why credit moved; the customer reads it on the statement."""

        TOP_UP = "top_up"
        GRANT = "grant"
        USAGE = "usage"
        REFUND = "refund"
        DISPUTE = "dispute"
        EXPIRY = "expiry"
        ADJUSTMENT = "adjustment"

    id = models.CharField(primary_key=True, max_length=id_length("tr"))
    debit = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    credit = models.ForeignKey(Account, models.PROTECT, related_name="+", db_index=False)
    amount = models.BigIntegerField()  # nano-credits, always positive
    kind = models.CharField(max_length=12, choices=Kind.choices)
    # The business object that caused it, e.g. "inference:emb_…": it can cause only one.
    reference = models.CharField(max_length=120, unique=True)
    # The team account among the two, with its place in that account's history.
    # No foreign key of its own: a CHECK makes it one of the two that have theirs.
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="transfers", db_index=False, db_constraint=False
    )
    sequence = models.BigIntegerField()
    balance_after = models.BigIntegerField()
    hash = models.CharField(max_length=64)  # over the one before and this row's own fields
    request_id = models.CharField(max_length=id_length("req"), null=True)  # usage only
    note = models.CharField(max_length=NOTE_CHARACTERS_MAX, default="")
    occurred_at = models.DateTimeField()  # when it came about: for usage, the hold
    recorded_at = models.DateTimeField()  # when it was written

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="transfer_two_accounts"),
            models.CheckConstraint(
                condition=Q(account=F("debit")) | Q(account=F("credit")),
                name="transfer_touches_account",
            ),
            models.UniqueConstraint(fields=["account", "sequence"], name="transfer_gapless"),
        ]
        indexes = [
            # The statement of a period, and where a period begins in the sequence.
            models.Index(fields=["account", "recorded_at", "sequence"], name="transfer_of_time"),
            # Lines of the rare kinds among millions of charges; a charge costs nothing here.
            models.Index(
                fields=["account", "kind", "sequence"],
                condition=~Q(kind="usage"),
                name="transfer_of_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"

    @property
    def signed_nano(self) -> int:
        """What it adds to the team's account, in nano-credits."""
        return self.amount if self.credit_id == self.account_id else -self.amount
