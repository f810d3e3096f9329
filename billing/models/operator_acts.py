"""What operators do to a team's money, and who else agreed to it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aurous.kernel.ids import id_length
from billing.models.grants import Grant
from billing.models.topups import TopUp
from billing.models.transfers import NOTE_CHARACTERS_MAX


class OperatorAct(models.Model):
    """One row is credit that an operator gives or takes, or a refund: done, or asked for.

    Up to a sum a day an operator acts alone; beyond it the row waits for another person. Written
    by ``billing.operator_acts`` and ``billing.approvals``. The database refuses to change what was
    asked for, to touch a row that does not wait any more, and to let people agree with themselves.
    """

    class Kind(models.TextChoices):
        """What is done."""

        CREDIT = "credit"
        REFUND = "refund"

    class State(models.TextChoices):
        """Where it stands. All but ``pending`` are final."""

        DONE = "done"  # by one person, within what they may do alone
        PENDING = "pending"
        APPROVED = "approved"  # and done, in the same transaction
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"  # by who asked for it
        EXPIRED = "expired"

    id = models.CharField(primary_key=True, max_length=id_length("act"))
    kind = models.CharField(max_length=6, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices)
    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="+")
    # Nano-credits: what it adds to the balance. A refund takes what its money had bought.
    credits = models.BigIntegerField()
    grant_kind = models.CharField(max_length=12, choices=Grant.Kind.choices, default="")
    priority = models.SmallIntegerField(default=100)  # of the grant
    effective_at = models.DateTimeField(null=True)  # likewise; null: when it is booked
    expires_at = models.DateTimeField(null=True)  # likewise
    topup = models.ForeignKey(TopUp, models.PROTECT, null=True, related_name="+")
    cents = models.PositiveBigIntegerField(null=True)  # of a refund
    reason = models.CharField(max_length=NOTE_CHARACTERS_MAX)
    # The operator's one intention: a form that is sent twice is one act.
    token = models.CharField(max_length=64, unique=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()
    lapses_at = models.DateTimeField(null=True)  # of a request: nobody can agree after that
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=NOTE_CHARACTERS_MAX, default="")

    class Meta:
        verbose_name = "operator act"
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="act_two_people",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=["done", "pending"], decided_by__isnull=True, decided_at__isnull=True
                )
                | Q(
                    state__in=["approved", "refused"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(
                    state__in=["withdrawn", "expired"],
                    decided_by__isnull=True,
                    decided_at__isnull=False,
                ),
                name="act_decided",
            ),
            models.CheckConstraint(
                condition=Q(state="done") | Q(lapses_at__isnull=False), name="act_request_lapses"
            ),
            models.CheckConstraint(
                condition=Q(kind="credit", topup__isnull=True, cents__isnull=True)
                & ~Q(credits=0)
                & ~Q(grant_kind="")
                | Q(kind="refund", topup__isnull=False, cents__gt=0, credits__lte=0),
                name="act_of_its_kind",
            ),
        ]
        indexes = [
            # What an operator did alone today.
            models.Index(
                fields=["asked_by", "asked_at"], condition=Q(state="done"), name="act_alone"
            ),
            models.Index(fields=["lapses_at"], condition=Q(state="pending"), name="act_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
