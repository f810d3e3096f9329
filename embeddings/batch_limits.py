"""How much of an engine's work goes into one batch on this machine."""

from django.conf import settings

from embeddings.engine.hardware import resolve_device
from embeddings.job_queue import BatchLimits


def batch_limits(engine: str) -> BatchLimits:
    """Tokens and patches: on a CPU few, as a batch blocks it; on a GPU enough to fill it."""
    items_max = settings.COMPUTE_BATCH_ITEMS_MAX
    if engine != "qwen3_vl":
        return BatchLimits(settings.COMPUTE_BATCH_TOKENS_MAX, items_max)
    place = resolve_device(settings.AUROUS_DEVICE).upper()
    return BatchLimits(
        settings.VISION_BATCH_TOKENS_MAX or settings.VISION_BATCH_TOKENS_DEFAULTS[place],
        items_max,
        settings.VISION_BATCH_PATCHES_MAX or settings.VISION_BATCH_PATCHES_DEFAULTS[place],
    )
