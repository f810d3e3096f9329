"""Sequences that lie end to end, and which of them attention may do together."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from embeddings.engine.packing import Group


@dataclass(frozen=True, slots=True)
class Segments:
    """``bounds`` int32 (segments + 1,): where each begins, and the end of the last."""

    bounds: np.ndarray
    longest: int
    groups: tuple[Group, ...]


def segments_of(lengths: Sequence[int]) -> Segments:
    """Segments of these lengths, none of them 0; neighbours of equal length make a group."""
    bounds = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=bounds[1:])
    groups, start = [], 0
    for length, members in groupby(lengths):
        groups.append(Group(start, length, sum(1 for _ in members)))
        start = groups[-1].end
    return Segments(bounds, max(lengths), tuple(groups))
