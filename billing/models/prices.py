"""Prices, with the day from which they hold."""

from django.db import models
from django.db.models import Q


class Price(models.Model):
    """One row is the price of a model from a moment on, for everybody or for one team.

    The operator enters USD per million tokens and a markup; the nano-credits a token are
    computed when it is saved and must come out whole. Prices are superseded, not edited.

    A row of a team that is ``back_to_list`` ends its own prices: it has no numbers, and from its
    moment on the team pays what everybody pays.
    """

    model = models.CharField(max_length=128)  # slug
    team = models.ForeignKey("accounts.Team", models.PROTECT, null=True, blank=True)
    back_to_list = models.BooleanField(default=False, editable=False)
    # USD per million input tokens; empty where the model does not take the modality.
    usd_text = models.DecimalField(max_digits=14, decimal_places=8, null=True)
    usd_visual = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    usd_video = models.DecimalField(max_digits=14, decimal_places=8, null=True, blank=True)
    markup_pct = models.DecimalField(max_digits=8, decimal_places=4, default=0)
    effective_at = models.DateTimeField()
    # Nano-credits a token.
    nano_text = models.BigIntegerField(null=True, editable=False)
    nano_visual = models.BigIntegerField(null=True, editable=False)
    nano_video = models.BigIntegerField(null=True, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model", "team", "effective_at"], name="price_once_a_moment_of_team"
            ),
            models.UniqueConstraint(
                fields=["model", "effective_at"],
                condition=Q(team=None),
                name="price_once_a_moment",
            ),
            models.CheckConstraint(condition=Q(nano_text__gte=0), name="price_not_negative"),
            # Without numbers, so that who overlooks it fails instead of giving tokens away.
            models.CheckConstraint(
                condition=Q(back_to_list=False, usd_text__isnull=False, nano_text__isnull=False)
                | Q(
                    back_to_list=True,
                    team__isnull=False,
                    usd_text__isnull=True,
                    nano_text__isnull=True,
                    nano_visual__isnull=True,
                    nano_video__isnull=True,
                ),
                name="price_or_back_to_list",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} from {self.effective_at:%Y-%m-%d}"
