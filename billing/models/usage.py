"""Usage: sums written with each charge, and the days of each key."""

from django.db import models
from django.db.models import Q

from aurous.kernel.ids import id_length
from aurous.kernel.tally import TallyField


class Sums(models.Model):
    """What is summed.

    The database checks no foreign key here: a request's own row, ended in the same transaction,
    has it, and a check for each new row would cost as much as the row.
    """

    team = models.ForeignKey(
        "accounts.Team", models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    requests = models.BigIntegerField(default=0)
    tokens_text = models.BigIntegerField(default=0)
    tokens_visual = models.BigIntegerField(default=0)
    tokens_video = models.BigIntegerField(default=0)
    # Nano-credits charged; the three sum to the transfers.
    charged_text = models.BigIntegerField(default=0)
    charged_visual = models.BigIntegerField(default=0)
    charged_video = models.BigIntegerField(default=0)
    latency = TallyField(default=0)  # by billing.latency's bins

    class Meta:
        abstract = True


class UsageSums(Sums):
    """And what it is grouped by."""

    api_key_id = models.CharField(max_length=id_length("key"))
    model = models.CharField(max_length=128)
    api_version = models.CharField(max_length=10)
    status = models.CharField(max_length=8)

    class Meta:
        abstract = True


class UsageBucket(UsageSums):
    """One row is a minute of one team's requests with the same key, model, version, end and user.

    Written in the transaction that ends the requests, so that it always equals the ledger.
    """

    minute = models.DateTimeField()  # of the hold, UTC
    user = models.CharField(max_length=256, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "minute", "api_key_id", "model", "api_version", "status", "user"],
                name="usage_bucket",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.minute:%Y-%m-%d %H:%M}"


class UsageRollup(UsageSums):
    """One row is an hour or a day of minutes, of all users together.

    Written beside the minutes, so that a long period is read in few rows. Users are many where
    everything else that is grouped by is few; their days stand in a table of their own, for rows
    that are read together must lie together.
    """

    class Width(models.TextChoices):
        """How long a row is."""

        HOUR = "hour"
        DAY = "day"

    width = models.CharField(max_length=4, choices=Width.choices)
    start = models.DateTimeField()  # UTC
    # Which minutes of the hour, or hours of the day, had any: bit n is the n-th.
    parts = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "width", "start", "api_key_id", "model", "api_version", "status"],
                name="usage_rollup",
            ),
        ]
        indexes = [
            # Everybody's days and hours together, for operators. Only a new row touches it.
            models.Index(fields=["width", "start"], name="usage_rollup_of_all"),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.width} {self.start:%Y-%m-%d %H:%M}"


class UsageUserDay(UsageSums):
    """One row is a day of one user; ``user`` is empty for requests that named none."""

    day = models.DateTimeField()  # midnight UTC
    user = models.CharField(max_length=256, default="")
    parts = models.BigIntegerField(default=0)  # the hours that had any: bit n is the n-th

    class Meta:
        constraints = [
            # The user comes right after the time: one user's days are found by equality.
            models.UniqueConstraint(
                fields=["team", "day", "user", "api_key_id", "model", "api_version", "status"],
                name="usage_user_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.day:%Y-%m-%d}"


class UsageUserTotal(Sums):
    """One row is a day of one user, of all keys, models, versions and ends together.

    Most questions about users are about nothing else, and a week of a busy team has thirty times
    as many rows of ``UsageUserDay``.
    """

    day = models.DateTimeField()  # midnight UTC
    user = models.CharField(max_length=256, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "day", "user"], name="usage_user_total"),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.day:%Y-%m-%d}"


class KeyDay(models.Model):
    """One row is what an API key has spent or holds on one day (UTC, of the hold).

    Changed in the same transaction as the hold and its end; the limits of a key per day, per
    month and in all are sums over these rows.
    """

    team = models.ForeignKey("accounts.Team", models.PROTECT, db_index=False)
    api_key_id = models.CharField(max_length=id_length("key"))
    day = models.DateTimeField()  # midnight UTC
    used = models.BigIntegerField(default=0)  # nano-credits, charged and held

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["api_key_id", "day"], name="key_day"),
            models.CheckConstraint(condition=Q(used__gte=0), name="key_day_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.api_key_id} {self.day:%Y-%m-%d}"
