"""The tenant: everything that a customer owns hangs on a team."""

from functools import partial

from django.db import models
from django.db.models.functions import Now

from aurous.kernel.ids import id_length, new_id

TEAM_NAME_CHARACTERS_MAX = 128
REASON_CHARACTERS_MAX = 300


class BillingMode(models.TextChoices):
    """Whether requests cost credits."""

    METERED = "metered"
    EXEMPT = "exempt"  # never blocked, charged 0


class Team(models.Model):
    """One row is one customer. Written by ``accounts.teams`` only; never deleted."""

    id = models.CharField(
        max_length=id_length("team"),
        primary_key=True,
        default=partial(new_id, "team"),
        editable=False,
    )
    # Not unique: two customers may have the same name. Commands refuse an ambiguous one.
    name = models.CharField(max_length=TEAM_NAME_CHARACTERS_MAX)
    # The pin: what a request without an Aurous-Version header gets.
    default_api_version = models.CharField(max_length=10)
    suspended_at = models.DateTimeField(null=True, blank=True)
    # Why, as the team's people read it. Empty while the team is not suspended.
    suspended_reason = models.CharField(
        max_length=REASON_CHARACTERS_MAX, default="", blank=True, db_default=""
    )
    billing_mode = models.CharField(
        max_length=16, choices=BillingMode.choices, default=BillingMode.METERED
    )
    # Null: the installation's default. 0: no limit. Requests a minute count per route class.
    rpm_limit = models.PositiveIntegerField(null=True, blank=True)
    tpm_limit = models.PositiveIntegerField(null=True, blank=True)
    concurrency_limit = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(name=""), name="team_name_not_empty"),
            models.CheckConstraint(
                condition=~models.Q(default_api_version=""), name="team_version_not_empty"
            ),
            models.CheckConstraint(
                condition=models.Q(billing_mode__in=BillingMode.values), name="team_billing_mode"
            ),
            models.CheckConstraint(
                condition=models.Q(id__startswith="team_"), name="team_id_prefix"
            ),
        ]
        indexes = [models.Index(fields=["name"], name="team_by_name")]  # commands: TEAM is a name

    def __str__(self) -> str:
        return self.name

    @property
    def is_suspended(self) -> bool:
        """Whether every request of this team is refused."""
        return self.suspended_at is not None
