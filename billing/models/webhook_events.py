"""Webhook events and their deliveries: what happened, and who was told of it."""

from django.db import models
from django.db.models import Q

from aurous.kernel.ids import id_length
from billing.models.webhook_endpoints import WebhookEndpoint

ERROR_CHARACTERS_MAX = 200
RESPONSE_CHARACTERS_MAX = 1_024
MARK_CHARACTERS_MAX = 120


class WebhookEvent(models.Model):
    """One row is something that a team may want to hear of: the outbox.

    Written by ``billing.webhooks.outbox`` in the transaction of what caused it; a pass of the
    deliverer makes deliveries of it afterwards.
    """

    id = models.CharField(primary_key=True, max_length=id_length("evt"))
    team = models.ForeignKey("accounts.Team", models.PROTECT, db_index=False, related_name="+")
    type = models.CharField(max_length=40)
    data = models.TextField()  # the object it is about: JSON text, amounts as exact decimals
    # What is told only once, e.g. one limit of a key on one day. Null: as often as it happens.
    mark = models.CharField(max_length=MARK_CHARACTERS_MAX, null=True, unique=True)
    created_at = models.DateTimeField()
    # The team's version when deliveries were made, so that all say the same. Empty before.
    api_version = models.CharField(max_length=10, default="")
    dispatched_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"], condition=Q(dispatched_at__isnull=True), name="webhook_event_waiting"
            ),
            models.Index(fields=["created_at"], name="webhook_event_age"),  # to forget old ones
            # What a team was told of, newest first: its history of alerts.
            models.Index(fields=["team", "-created_at", "-id"], name="webhook_event_of_team"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class WebhookDelivery(models.Model):
    """One row is one event on its way to one endpoint, through all its attempts.

    Written by ``billing.webhooks`` only. All times are the database's.
    """

    class Status(models.TextChoices):
        """How far it came."""

        PENDING = "pending"
        SUCCEEDED = "succeeded"
        FAILED = "failed"  # for good

    class Cause(models.TextChoices):
        """Why it is sent."""

        EVENT = "event"
        TEST = "test"
        RESEND = "resend"

    id = models.CharField(primary_key=True, max_length=id_length("dlv"))
    # The endpoint's team, so that one team's slow endpoints cannot take every sender.
    team = models.ForeignKey("accounts.Team", models.PROTECT, db_index=False, related_name="+")
    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(
        WebhookEndpoint, models.CASCADE, related_name="deliveries", db_index=False
    )
    cause = models.CharField(max_length=6, choices=Cause.choices, default=Cause.EVENT)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)  # begun; also the fence of a lease
    due_at = models.DateTimeField(null=True)  # of the next attempt; null when it is over
    leased_until = models.DateTimeField(null=True)  # somebody is sending it, or died doing so
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    # Of the last attempt.
    attempted_at = models.DateTimeField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    response_status = models.PositiveSmallIntegerField(null=True)  # null: there was no answer
    response_body = models.CharField(max_length=RESPONSE_CHARACTERS_MAX, default="")
    error = models.CharField(max_length=ERROR_CHARACTERS_MAX, default="")

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(status="pending", due_at__isnull=False, completed_at__isnull=True)
                | (
                    Q(due_at__isnull=True, leased_until__isnull=True, completed_at__isnull=False)
                    & ~Q(status="pending")
                ),
                name="webhook_delivery_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "-created_at", "-id"], name="webhook_delivery_list"),
            models.Index(
                fields=["due_at"], condition=Q(due_at__isnull=False), name="webhook_delivery_due"
            ),
            models.Index(
                fields=["team"],
                condition=Q(leased_until__isnull=False),
                name="webhook_delivery_in_flight",
            ),
        ]

    def __str__(self) -> str:
        return self.id
