"""API keys: what a customer's program shows to be let in."""

from functools import partial

from django.conf import settings

# By name: a field of ApiKey is called ``models`` and would hide the module.
from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    CharField,
    CheckConstraint,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    Model,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.db.models.functions import Now

from accounts.models.teams import Team
from aurous.kernel.ids import id_length, new_id

KEY_NAME_CHARACTERS_MAX = 128


class Scope(TextChoices):
    """What a key may do; each includes the ones before it (contract section 1)."""

    READ = "read"
    WRITE = "write"
    FULL = "full"


class ApiKey(Model):
    """One row is one key's identity and rules; its secrets stand in ``ApiKeySecret``.

    Written by ``accounts.api_keys`` only. Revoked, never deleted: usage rows point here.
    """

    id = CharField(
        max_length=id_length("key"),
        primary_key=True,
        default=partial(new_id, "key"),
        editable=False,
    )
    # No index of its own: the list's begins with the team.
    team = ForeignKey(Team, PROTECT, related_name="api_keys", db_index=False)
    name = CharField(max_length=KEY_NAME_CHARACTERS_MAX)
    scope = CharField(max_length=8, choices=Scope.choices)
    expires_at = DateTimeField(null=True, blank=True)
    revoked_at = DateTimeField(null=True, blank=True)
    # Lists of texts: model slugs, networks as "10.0.0.0/8". Null: any. Never an empty list.
    models = JSONField(null=True, blank=True)
    cidrs = JSONField(null=True, blank=True)
    # Nano-credits that the key may spend in a UTC day, a UTC month, in all. Null: no limit.
    limit_day_nano = PositiveBigIntegerField(null=True, blank=True)
    limit_month_nano = PositiveBigIntegerField(null=True, blank=True)
    limit_total_nano = PositiveBigIntegerField(null=True, blank=True)
    # Requests a minute of this key alone, on top of the team's. Null: none of its own.
    rpm = PositiveIntegerField(null=True, blank=True)
    # Null where a command or another key made it; the audit log tells which.
    created_by = ForeignKey(
        settings.AUTH_USER_MODEL, SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = DateTimeField(db_default=Now(), editable=False)
    last_used_at = DateTimeField(null=True, blank=True)  # to the minute

    class Meta:
        verbose_name = "API key"
        constraints = [
            CheckConstraint(condition=~Q(name=""), name="api_key_name_not_empty"),
            CheckConstraint(condition=Q(scope__in=Scope.values), name="api_key_scope"),
            CheckConstraint(condition=Q(id__startswith="key_"), name="api_key_id_prefix"),
            CheckConstraint(condition=Q(rpm__isnull=True) | Q(rpm__gt=0), name="api_key_rpm"),
        ]
        # The list of one team's keys, newest first.
        indexes = [Index(fields=["team", "-created_at", "-id"], name="api_key_list")]

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


class ApiKeySecret(Model):
    """One row is one text that opens a key. Rolling adds a row and gives the old one an end.

    The text itself is nowhere: ``digest`` is its HMAC-SHA256 under a pepper that is not in the
    database, so that a stolen copy of this table opens nothing.
    """

    api_key = ForeignKey(ApiKey, CASCADE, related_name="secrets")
    digest = CharField(max_length=64, unique=True)  # lower-case hex
    pepper_version = PositiveSmallIntegerField()
    head = CharField(max_length=14)  # shown in lists, with the tail
    tail = CharField(max_length=4)
    created_at = DateTimeField(db_default=Now(), editable=False)
    expires_at = DateTimeField(null=True, blank=True)  # set when rolled
    last_used_at = DateTimeField(null=True, blank=True)  # to the minute

    class Meta:
        verbose_name = "API key secret"
        constraints = [
            UniqueConstraint(
                fields=["api_key"],
                condition=Q(expires_at__isnull=True),
                name="api_key_secret_one_current",
            ),
        ]
        # Operators are told the last characters of a key, or find it in somebody's log.
        indexes = [Index(fields=["tail", "head"], name="api_key_secret_hint")]

    def __str__(self) -> str:
        return self.hint

    @property
    def hint(self) -> str:
        """What a list may show of the text: enough to recognise it, not to use it."""
        return f"{self.head}…{self.tail}"
