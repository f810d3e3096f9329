"""Top-ups: credit that a team buys."""

from django.db import models
from django.db.models import F, Q

from aurous.kernel.ids import id_length
from billing.models.grants import Grant

STRIPE_ID_CHARACTERS_MAX = 255
CURRENCY_CHARACTERS = 3
LABEL_CHARACTERS_MAX = 254


class TopUp(models.Model):
    """One row is one order of credit, written before Stripe hears of it.

    Only ``billing.payments`` credits it, and only once it is paid. Written by ``billing.topups``,
    ``billing.recharge`` and ``billing.payments``.
    """

    class Kind(models.TextChoices):
        """Who asked for it."""

        CHECKOUT = "checkout"  # a person, on Stripe's page
        RECHARGE = "recharge"  # auto-recharge, with the card that was kept

    class Status(models.TextChoices):
        """How far it came. Paid money always ends in ``succeeded``, whatever it was before."""

        PENDING = "pending"  # nothing is known to be paid
        PROCESSING = "processing"  # a delayed method: the customer has done their part
        SUCCEEDED = "succeeded"  # paid and credited
        FAILED = "failed"
        EXPIRED = "expired"  # the page was never used

    id = models.CharField(primary_key=True, max_length=id_length("topup"))
    team = models.ForeignKey("accounts.Team", models.PROTECT, db_index=False, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    amount_cents = models.PositiveBigIntegerField()  # before tax; what the credit costs
    currency = models.CharField(max_length=CURRENCY_CHARACTERS)
    credits = models.BigIntegerField()  # nano-credits that it buys
    save_card = models.BooleanField(default=False)  # the customer let us keep it for auto-recharge
    # The form that asked for it: sent twice, it is one order. Null: no form.
    token = models.CharField(max_length=64, null=True, unique=True)
    ordered_by = models.CharField(max_length=LABEL_CHARACTERS_MAX)
    checkout_id = models.CharField(max_length=STRIPE_ID_CHARACTERS_MAX, null=True, unique=True)
    # Null for a top-up that was never paid for, and for one of nothing but balance.
    payment_id = models.CharField(max_length=STRIPE_ID_CHARACTERS_MAX, null=True, unique=True)
    charge_id = models.CharField(max_length=STRIPE_ID_CHARACTERS_MAX, null=True)
    paid_cents = models.PositiveBigIntegerField(null=True)  # with tax
    receipt_url = models.URLField(max_length=1_000, default="")
    invoice_url = models.URLField(max_length=1_000, default="")
    failure_code = models.CharField(max_length=64, default="")
    # Of auto-recharge: the card of this attempt, so that a repeated call says the same.
    payment_method_id = models.CharField(max_length=STRIPE_ID_CHARACTERS_MAX, default="")
    # The bank wants to see the card's owner, and they have no page to pay on yet.
    link_due = models.BooleanField(default=False)
    # What it became in the ledger.
    grant = models.OneToOneField(Grant, models.PROTECT, null=True, related_name="topup")
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cents__gt=0, credits__gt=0), name="topup_positive"
            ),
            models.CheckConstraint(
                condition=Q(
                    status="succeeded",
                    grant__isnull=False,
                    completed_at__isnull=False,
                    paid_cents__gte=F("amount_cents"),
                )
                | Q(grant__isnull=True) & ~Q(status="succeeded"),
                name="topup_credited_when_paid",
            ),
            # Auto-recharge: one in flight, whoever starts it.
            models.UniqueConstraint(
                fields=["team"],
                condition=Q(kind="recharge", status__in=["pending", "processing"]),
                name="topup_one_recharge_in_flight",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-id"], name="topup_of_team"),
            # Operators have the id of a charge from Stripe's pages.
            models.Index(
                fields=["charge_id"],
                condition=Q(charge_id__isnull=False),
                name="topup_of_charge",
            ),
            # The sweep: what may still be paid.
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["pending", "processing"]),
                name="topup_open",
            ),
            models.Index(fields=["id"], condition=Q(link_due=True), name="topup_link_due"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.status}"


class StripeCustomer(models.Model):
    """One row is a team as Stripe knows it. Written by ``billing.customers``."""

    team = models.OneToOneField(
        "accounts.Team", models.PROTECT, primary_key=True, related_name="stripe_customer"
    )
    customer_id = models.CharField(max_length=STRIPE_ID_CHARACTERS_MAX, null=True, unique=True)
    # What auto-recharge pays with; empty until somebody let us keep it.
    payment_method_id = models.CharField(max_length=STRIPE_ID_CHARACTERS_MAX, default="")

    def __str__(self) -> str:
        return self.customer_id or self.pk


class AutoRecharge(models.Model):
    """One row is a team's choice to have credit bought when it runs low. Off unless chosen.

    Written by ``billing.recharge`` only. ``enabled`` is set by its own checkbox and nothing else.
    """

    team = models.OneToOneField(
        "accounts.Team", models.PROTECT, primary_key=True, related_name="auto_recharge"
    )
    enabled = models.BooleanField(default=False)
    threshold = models.BigIntegerField()  # nano-credits; below it credit is bought
    amount_cents = models.PositiveBigIntegerField()
    monthly_cap_cents = models.PositiveBigIntegerField()  # of one UTC month
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    not_before = models.DateTimeField(null=True)  # after a failure: when to try again
    disabled_reason = models.CharField(max_length=64, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(threshold__gte=0, amount_cents__gt=0)
                & Q(monthly_cap_cents__gte=F("amount_cents")),
                name="auto_recharge_amounts",
            ),
        ]
        indexes = [
            models.Index(fields=["team"], condition=Q(enabled=True), name="auto_recharge_on"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {'on' if self.enabled else 'off'}"
