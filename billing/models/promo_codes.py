"""Promo codes: a word that is worth credit, once a team."""

from django.db import models
from django.db.models import F, Q

from billing.models.grants import Grant

CODE_CHARACTERS_MAX = 40


class PromoCode(models.Model):
    """One row is a code with what it gives. Written by ``billing.promo_codes``."""

    code = models.CharField(primary_key=True, max_length=CODE_CHARACTERS_MAX)  # in capitals
    credits = models.BigIntegerField()  # nano-credits
    grant_days = models.PositiveIntegerField(null=True)  # how long the credit lasts; null: for ever
    redemptions_max = models.PositiveIntegerField(null=True)  # null: no limit
    redemptions = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(credits__gt=0), name="promo_code_gives"),
            models.CheckConstraint(
                condition=Q(redemptions_max__isnull=True)
                | Q(redemptions__lte=F("redemptions_max")),
                name="promo_code_limit",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class PromoRedemption(models.Model):
    """One row is one team that used one code."""

    code = models.ForeignKey(PromoCode, models.PROTECT, db_index=False, related_name="uses")
    team = models.ForeignKey("accounts.Team", models.PROTECT, related_name="+")
    grant = models.OneToOneField(Grant, models.PROTECT, related_name="promo_redemption")
    redeemed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "team"], name="promo_once_a_team"),
        ]

    def __str__(self) -> str:
        return f"{self.code_id} {self.team_id}"
