"""Idempotency claims: what a team's key stands for."""

from django.db import models

from aurous.kernel.ids import id_length


class IdempotencyClaim(models.Model):
    """One row is a key that a team sent, and once it ended well, the answer to repeat.

    Written in the same transaction as the hold (claimed) and the charge (answered); gone when
    the hold is released, so that the key can run again.
    """

    team = models.ForeignKey("accounts.Team", models.CASCADE, db_index=False)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # over method, path, version and body
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    version = models.CharField(max_length=10)
    hold_id = models.CharField(max_length=id_length("emb"), unique=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)  # null: the first one is running
    reply = models.BinaryField(null=True)  # what the owner of the operation renders again

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "key"], name="idempotency_key_of_team"),
        ]
        indexes = [models.Index(fields=["completed_at"], name="idempotency_completed")]

    def __str__(self) -> str:
        return self.key
