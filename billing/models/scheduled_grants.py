"""Scheduled grants: credit that is promised now and begins later."""

from django.db import models
from django.db.models import F, Q

from aurous.kernel.ids import id_length
from billing.models.accounts import Account
from billing.models.grants import Grant
from billing.models.transfers import NOTE_CHARACTERS_MAX, Transfer


class ScheduledGrant(models.Model):
    """One row is credit that begins at a moment to come. No money until then: its transfer and
    its grant are written when it begins, once, or it is cancelled before.

    What was promised is never changed and a row never removed; the database refuses both, and a
    second end. Written only by ``billing.scheduled``.
    """

    id = models.CharField(primary_key=True, max_length=id_length("sgr"))
    account = models.ForeignKey(
        Account, models.PROTECT, related_name="scheduled_grants", db_index=False
    )
    amount = models.BigIntegerField()  # nano-credits
    kind = models.CharField(max_length=12, choices=Grant.Kind.choices)
    transfer_kind = models.CharField(max_length=12, choices=Transfer.Kind.choices)
    other = models.CharField(max_length=40, choices=Account.System.choices)
    reference = models.CharField(max_length=120, unique=True)  # of the transfer to come
    note = models.CharField(max_length=NOTE_CHARACTERS_MAX, default="")
    priority = models.SmallIntegerField(default=100)
    effective_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=254)
    created_at = models.DateTimeField()
    # One of two ends, for good.
    grant = models.OneToOneField(Grant, models.PROTECT, null=True, related_name="scheduled")
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="scheduled_positive"),
            models.CheckConstraint(
                condition=Q(effective_at__gt=F("created_at")), name="scheduled_begins_later"
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("effective_at")),
                name="scheduled_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(grant=None) | Q(cancelled_at=None), name="scheduled_one_end"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "effective_at"],
                condition=Q(grant=None, cancelled_at=None),
                name="scheduled_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.id
