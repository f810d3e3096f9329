"""The hold: the columns of a request that money rules need.

Billing knows no embeddings. The app that owns the requests makes its model from ``HoldFields``
and names it in ``AUROUS_HOLD_MODEL``, as an app does with ``AUTH_USER_MODEL``.
"""

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aurous.kernel.ids import id_length


class HoldStatus(models.TextChoices):
    """The life of a request. The first two are open: the amount is held."""

    QUEUED = "queued"
    RUNNING = "running"
    SETTLED = "settled"
    RELEASED = "released"
    FAILED = "failed"


OPEN = (HoldStatus.QUEUED, HoldStatus.RUNNING)


class HoldFields(models.Model):
    """A promise of credit to one request, kept as the record of what became of it.

    ``held`` and ``charged`` are nano-credits; ``price_*`` nano-credits a token, pinned when the
    hold was taken. A team that is exempt holds and pays 0 and its tokens are real.
    """

    id = models.CharField(primary_key=True, max_length=id_length("emb"))
    request_id = models.CharField(max_length=id_length("req"), unique=True)
    team = models.ForeignKey("accounts.Team", models.PROTECT, db_index=False, related_name="+")
    api_key_id = models.CharField(max_length=id_length("key"))
    status = models.CharField(max_length=8, choices=HoldStatus.choices)
    exempt = models.BooleanField(default=False)
    held = models.BigIntegerField()
    charged = models.BigIntegerField(default=0)
    price_text = models.BigIntegerField()
    price_visual = models.BigIntegerField(default=0)
    price_video = models.BigIntegerField(default=0)
    tokens_text = models.BigIntegerField(default=0)
    tokens_visual = models.BigIntegerField(default=0)
    tokens_video = models.BigIntegerField(default=0)
    # All times are the database's.
    created_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=40, default="")
    # What usage is grouped by.
    model = models.CharField(max_length=128)
    api_version = models.CharField(max_length=10)
    user = models.CharField(max_length=256, default="")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(held__gte=0, charged__gte=0, charged__lte=F("held")),
                name="%(class)s_charged_within_held",
            ),
            models.CheckConstraint(
                condition=Q(charged=0) | Q(status=HoldStatus.SETTLED),
                name="%(class)s_only_settled_is_charged",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, status__in=OPEN)
                | (Q(ended_at__isnull=False) & ~Q(status__in=OPEN)),
                name="%(class)s_ends_once",
            ),
        ]
        indexes = [
            # The reaper's query: what is open, oldest deadline first. Not by status, although the
            # CHECK makes that the same: the planner would take this index, full of rows that were
            # open a moment ago, for updates that name ids and a status.
            models.Index(
                fields=["deadline_at"], condition=Q(ended_at__isnull=True), name="%(class)s_open"
            ),
            # Lists, newest first.
            models.Index(fields=["team", "created_at", "id"], name="%(class)s_of_team"),
            # The same of one user. A request that names none costs nothing here.
            models.Index(
                fields=["team", "user", "created_at"],
                condition=~Q(user=""),
                name="%(class)s_of_user",
            ),
            # The few that were released or failed. A CHECK makes charged = 0 true of them; not by
            # status, whose change from queued to running would then touch every index.
            models.Index(
                fields=["team", "created_at", "id"],
                condition=Q(ended_at__isnull=False, charged=0),
                name="%(class)s_uncharged",
            ),
            # The same by what was wrong: a code that few have, or none, is found at once.
            models.Index(
                fields=["team", "error_code", "created_at", "id"],
                condition=~Q(error_code=""),
                name="%(class)s_of_error",
            ),
            # Everybody's failures of the last hours, for operators; a success costs nothing here.
            models.Index(
                fields=["created_at", "error_code"],
                condition=~Q(error_code=""),
                name="%(class)s_failures",
            ),
        ]


def hold_model() -> type[HoldFields]:
    """The concrete model that the installation uses."""
    model: type[HoldFields] = apps.get_model(settings.AUROUS_HOLD_MODEL)
    return model
