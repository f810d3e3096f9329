"""What Stripe tells us, how far we have read, and what nobody can settle but a person."""

from django.db import models
from django.db.models import Q

from aurous.kernel.ids import id_length
from billing.models.topups import STRIPE_ID_CHARACTERS_MAX

ERROR_CHARACTERS_MAX = 300


class StripeEvent(models.Model):
    """One row is one event of Stripe's: the inbox. Stored before it is answered, worked on later.

    Written by ``billing.stripe_inbox``. ``handled_at`` is set in the transaction of the effect.
    """

    id = models.CharField(primary_key=True, max_length=STRIPE_ID_CHARACTERS_MAX)
    type = models.CharField(max_length=100)
    # What it is about; the object itself is fetched anew when the event is worked on.
    object_id = models.CharField(max_length=STRIPE_ID_CHARACTERS_MAX, default="")
    payload = models.TextField()  # JSON text as Stripe sent it
    created_at = models.DateTimeField()  # by Stripe's clock
    received_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # of the next attempt; null when it is over
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=ERROR_CHARACTERS_MAX, default="")
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=40, default="")  # in a word, for people

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(handled_at__isnull=True) | Q(due_at__isnull=True),
                name="stripe_event_handled_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="stripe_event_due"
            ),
            models.Index(fields=["object_id"], name="stripe_event_object"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class StripeCursor(models.Model):
    """One row is how far a list of Stripe's has been read: a moment by Stripe's clock."""

    name = models.CharField(primary_key=True, max_length=40)
    read_until_s = models.BigIntegerField(default=0)  # seconds since 1970

    def __str__(self) -> str:
        return self.name


class PaymentException(models.Model):
    """One row is a difference between Stripe and our books that a person must look at.

    Written by ``billing.payment_exceptions``. ``mark`` names the difference: it is filed once.
    """

    class Kind(models.TextChoices):
        """What is wrong."""

        MISMATCH = "mismatch"  # paid, but not what was ordered
        NOT_CREDITED = "not_credited"  # charged at Stripe, no credit here
        NOT_CHARGED = "not_charged"  # credit here, no charge at Stripe
        NOT_TAKEN = "not_taken"  # money went back at Stripe, the credit did not
        NOT_RETURNED = "not_returned"  # the credit was taken, the money is not gone
        UNKNOWN_PAYMENT = "unknown_payment"  # says that it is ours, and is not here
        FRAUD_WARNING = "fraud_warning"
        EVENT_FAILED = "event_failed"  # an event that could not be worked on

    id = models.CharField(primary_key=True, max_length=id_length("pex"))
    kind = models.CharField(max_length=16, choices=Kind.choices)
    mark = models.CharField(max_length=300, unique=True)
    team = models.ForeignKey("accounts.Team", models.PROTECT, null=True, related_name="+")
    object_id = models.CharField(max_length=STRIPE_ID_CHARACTERS_MAX, default="")
    detail = models.CharField(max_length=500)
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.CharField(max_length=254, default="")
    resolution = models.CharField(max_length=500, default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["found_at"], condition=Q(resolved_at__isnull=True), name="payment_exc_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
