"""Many texts as one row of tokens, without padding between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np


@dataclass(frozen=True, slots=True)
class Group:
    """Texts of equal length that lie side by side: `count` × `length` rows from `start`."""

    start: int
    length: int
    count: int

    @property
    def end(self) -> int:
        """The row after the last one."""
        return self.start + self.length * self.count


@dataclass(frozen=True, slots=True)
class Packed:
    """One batch: int64 arrays (rows,), where rows beyond the last group are filling."""

    token_ids: np.ndarray
    positions: np.ndarray
    groups: tuple[Group, ...]


def pack(sequences: Sequence[np.ndarray]) -> Packed:
    """Join sequences, which come longest first, so that equal lengths are neighbours.

    Attention then runs once for each length with no mask, everything else once for the batch.
    """
    groups = tuple(_groups(sequences))
    rows = rows_for(groups[-1].end)
    token_ids = np.zeros(rows, dtype=np.int64)
    positions = np.zeros(rows, dtype=np.int64)
    np.concatenate(sequences, out=token_ids[: groups[-1].end])
    for group in groups:
        shape = (group.count, group.length)
        positions[group.start : group.end].reshape(shape)[:] = np.arange(group.length)
    return Packed(token_ids, positions, groups)


def rows_for(tokens: int) -> int:
    """Round up: oneDNN compiles its kernels for each number of rows (2–8 ms), so few are used.

    About 160 different counts up to 2,048 tokens, four kernels each, fit its cache of 1,024.
    """
    step = 8 if tokens <= 256 else 16
    return -(-tokens // step) * step


def _groups(sequences: Sequence[np.ndarray]) -> Iterator[Group]:
    start = 0
    for length, members in groupby(len(sequence) for sequence in sequences):
        group = Group(start, length, sum(1 for _ in members))
        yield group
        start = group.end
