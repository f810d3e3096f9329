"""Webhook endpoints: where a team wants to be told, and what messages are signed with."""

from django.db import models
from django.db.models import Q

from aurous.kernel.ids import id_length

URL_CHARACTERS_MAX = 2_048
DESCRIPTION_CHARACTERS_MAX = 256


class WebhookEndpoint(models.Model):
    """One row is an address of a team that events are sent to.

    Written by ``billing.webhooks`` only. Deleting it takes its secrets and deliveries along.
    """

    class Status(models.TextChoices):
        """Whether events are sent there."""

        ENABLED = "enabled"
        DISABLED = "disabled"

    class Reason(models.TextChoices):
        """Why it is disabled."""

        REQUESTED = "requested"  # the team said so
        FAILURES = "failures"  # too many attempts failed in a row
        GONE = "gone"  # it answered 410

    id = models.CharField(primary_key=True, max_length=id_length("we"))
    # No index of its own: the list's begins with the team.
    team = models.ForeignKey("accounts.Team", models.PROTECT, db_index=False, related_name="+")
    # May hold a secret of the customer's in its query: never in logs, audit or admin.
    url = models.CharField(max_length=URL_CHARACTERS_MAX)
    events = models.JSONField()  # types of events, or ["*"]; never empty
    description = models.CharField(max_length=DESCRIPTION_CHARACTERS_MAX, default="")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.ENABLED)
    disabled_reason = models.CharField(max_length=10, choices=Reason.choices, default="")
    disabled_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # attempts in a row that failed
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="enabled", disabled_reason="", disabled_at__isnull=True)
                | (Q(status="disabled", disabled_at__isnull=False) & ~Q(disabled_reason="")),
                name="webhook_endpoint_disabled_why",
            ),
        ]
        indexes = [
            models.Index(fields=["team", "-created_at", "-id"], name="webhook_endpoint_list"),
            # Operators count them.
            models.Index(
                fields=["disabled_reason"],
                condition=Q(status="disabled"),
                name="webhook_endpoint_off",
            ),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_enabled(self) -> bool:
        """Whether events are sent there."""
        return self.status == self.Status.ENABLED


class WebhookSecret(models.Model):
    """One row is a secret that an endpoint's messages are signed with.

    The secret itself is nowhere: ``billing.webhooks.secrets`` makes it again from the pepper,
    which is not in the database, the endpoint and ``salt``. So a stolen copy of this table signs
    nothing. Rolling adds a row and gives the one before an end.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="secrets")
    salt = models.CharField(max_length=32)  # lower-case hex
    pepper_version = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # set when rolled

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"],
                condition=Q(expires_at__isnull=True),
                name="webhook_secret_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"secret {self.pk} of {self.endpoint_id}"
