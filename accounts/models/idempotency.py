"""Idempotency claims: what a team's key stands for."""

from django.db import models

from aurous.http.idempotency_header import KEY_CHARACTERS_MAX
from aurous.kernel.ids import id_length

PATH_CHARACTERS_MAX = 200


class IdempotencyClaim(models.Model):
    """One row is a key that a team sent, and once it ended well, the answer to repeat.

    One table for every route, because a key is the team's whatever it is used for. Two writers:
    ``billing.idempotency`` for requests that take a hold, with the hold and with the charge;
    ``accounts.claims`` for all others, whose answer is stored with their effect. Gone when the
    request failed, so that the key can run again.
    """

    team = models.ForeignKey("accounts.Team", models.CASCADE, db_index=False)
    key = models.CharField(max_length=KEY_CHARACTERS_MAX)
    fingerprint = models.CharField(max_length=64)  # over method, path, version and body
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=PATH_CHARACTERS_MAX)
    version = models.CharField(max_length=10)
    # Null: a request without a hold.
    hold_id = models.CharField(max_length=id_length("emb"), unique=True, null=True)
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)  # null: the first one is running
    # What the writer makes the answer of again. One that holds a secret is sealed.
    reply = models.BinaryField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "key"], name="idempotency_key_of_team"),
        ]
        indexes = [models.Index(fields=["completed_at"], name="idempotency_completed")]

    def __str__(self) -> str:
        return self.key
