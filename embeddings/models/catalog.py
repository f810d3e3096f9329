"""The catalog: which models are served."""

from django.db import models

NOTICE_CHARACTERS_MAX = 200


class CatalogModel(models.Model):
    """One row is a model that customers can name. Operators edit it in the admin.

    Its state is written by ``embeddings.model_states`` only.
    """

    class State(models.TextChoices):
        """Whether it takes requests."""

        ACTIVE = "active"
        DRAINING = "draining"  # nobody new is let in; what was let in is answered
        PAUSED = "paused"  # and what waits is given back

    slug = models.CharField(primary_key=True, max_length=128)
    engine = models.CharField(max_length=40)  # the name embeddings.engine.load knows
    tokenizer = models.CharField(max_length=40)  # the name embeddings.tokens knows
    owned_by = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    state_at = models.DateTimeField(null=True, editable=False)  # since when; null: always
    # What customers read with the refusal, and in how many seconds to try again.
    notice = models.CharField(max_length=NOTICE_CHARACTERS_MAX, default="", editable=False)
    retry_after_s = models.PositiveIntegerField(default=30, editable=False)
    context_window = models.IntegerField()  # tokens of the customer's content
    default_dimensions = models.IntegerField()
    dimensions = models.JSONField(null=True, blank=True)  # list of ints; null: takes none
    modalities = models.JSONField()  # of "text", "image", "video"
    development_only = models.BooleanField(default=False)  # served with AUROUS_STUB_MODEL=1
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slug"]
        verbose_name = "model"

    def __str__(self) -> str:
        return self.slug
