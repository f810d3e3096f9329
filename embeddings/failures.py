"""Requests of all teams that had no answer, by the reason that was given."""

from datetime import datetime

from django.db.models import Count

from embeddings.models import Inference


def failures_since(since: datetime) -> list[tuple[str, int]]:
    """Error codes with how many requests held since then ended so, the most first.

    Read from an index that has only failures in it.
    """
    failed = Inference.objects.filter(created_at__gte=since).exclude(error_code="")
    counted = failed.values_list("error_code").annotate(number=Count("pk")).order_by()
    return sorted(((code, int(number)) for code, number in counted), key=lambda one: -one[1])
