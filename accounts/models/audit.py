"""Who changed what: kept for good, by the database itself."""

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now

from accounts.models.teams import Team


class ActorKind(models.TextChoices):
    """What kind of somebody acted."""

    USER = "user"  # a person in the dashboard or the admin
    KEY = "key"  # a program, through the API
    COMMAND = "command"  # an operator, in a terminal
    SYSTEM = "system"  # Aurous itself, on a timer or on a provider's word


class AuditEvent(models.Model):
    """One row is one change. Written by ``accounts.audit.record`` only.

    Triggers refuse UPDATE and DELETE (migration 0002). So the actor is text and no foreign key:
    deleting a person must not reach in here.
    """

    # Null where no team is concerned. No index of its own: the list's begins with the team.
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    action = models.CharField(max_length=64)  # "key.revoked"
    actor_kind = models.CharField(max_length=8, choices=ActorKind.choices)
    actor_id = models.CharField(max_length=64)  # user number, key id, name of the command
    actor_label = models.CharField(max_length=254)  # e-mail address or name, as it was then
    target = models.CharField(max_length=128)  # id of what was changed
    # Never holds a secret. A change is {"field": {"old": …, "new": …}}.
    data = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(action=""), name="audit_action_not_empty"),
            models.CheckConstraint(
                condition=models.Q(actor_kind__in=ActorKind.values), name="audit_actor_kind"
            ),
        ]
        # One team's log, newest first.
        indexes = [models.Index(fields=["team", "-created_at", "-id"], name="audit_list")]

    def __str__(self) -> str:
        return f"{self.action} {self.target}"
