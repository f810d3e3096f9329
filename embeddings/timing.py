"""How long a request took, as every list of requests tells it."""

from embeddings.models import Inference


def duration_ms(row: Inference) -> int | None:
    """Milliseconds from the hold to its end; None while it is open."""
    if row.ended_at is None:
        return None
    return max(0, round((row.ended_at - row.created_at).total_seconds() * 1_000))
