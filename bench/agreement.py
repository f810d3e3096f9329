"""Whether targets that say they run the same model give the same vector."""

from __future__ import annotations

import math
from collections.abc import Mapping

PROBE = "The ferry was late, so we had soup at the harbour and watched the gulls."
COSINE_MIN = 0.9999


def cosine(one: list[float], other: list[float]) -> float:
    """Of two vectors of the same length; nan when the lengths differ."""
    if len(one) != len(other):
        return math.nan
    product = sum(a * b for a, b in zip(one, other, strict=True))
    return product / math.sqrt(sum(a * a for a in one) * sum(b * b for b in other))


def disagreements(vectors: Mapping[str, list[float]]) -> list[str]:
    """A line for each target whose vector is not that of the first one."""
    names = list(vectors)
    found = []
    for name in names[1:]:
        similarity = cosine(vectors[names[0]], vectors[name])
        if not similarity >= COSINE_MIN:
            found.append(f"{name} and {names[0]} give different vectors: cosine {similarity:.5f}")
    return found
