"""How long a request took, as every list of requests tells it."""

from billing.latency import took_ms
from embeddings.models import Inference


def duration_ms(row: Inference) -> int | None:
    """Milliseconds from the hold to its end; None while it is open."""
    return None if row.ended_at is None else took_ms(row.created_at, row.ended_at)
