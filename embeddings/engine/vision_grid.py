"""The patches of one frame: in which order they come, and where each stands in the frame.

Patches come in blocks of ``MERGE`` × ``MERGE``, which the tower makes one token of. The same
numbers as transformers' ``vision_utils`` gives, without a device.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

PATCH = 16  # pixels on a side
MERGE = 2  # patches on a side
TEMPORAL = 2  # frames that one patch spans; a picture is shown twice
# Arrays of the sizes seen last; the largest frames take 0.3 MB each.
_KEPT_SIZES = 64


@dataclass(frozen=True, slots=True)
class Grid:
    """``cells`` int32 (2, patches): row and column. ``taps`` int32 and ``tap_weights`` float32
    (patches, 4): the learned positions around each patch and how much each counts.
    """

    cells: np.ndarray
    taps: np.ndarray
    tap_weights: np.ndarray


@lru_cache(maxsize=_KEPT_SIZES)
def grid_of(height: int, width: int, side: int) -> Grid:
    """The grid of a frame of ``height`` × ``width`` patches over ``side`` × ``side`` positions."""
    cells = np.stack(
        [
            _in_blocks(np.broadcast_to(np.arange(height)[:, None], (height, width))),
            _in_blocks(np.broadcast_to(np.arange(width), (height, width))),
        ]
    )
    row_taps, row_weights = _around(cells[0], height, side)
    column_taps, column_weights = _around(cells[1], width, side)
    taps = row_taps[:, :, None] * side + column_taps[:, None, :]
    weights = row_weights[:, :, None] * column_weights[:, None, :]
    grid = Grid(cells.astype(np.int32), taps.reshape(-1, 4), weights.reshape(-1, 4))
    for array in (grid.cells, grid.taps, grid.tap_weights):
        array.flags.writeable = False
    return grid


def _in_blocks(values: np.ndarray) -> np.ndarray:
    height, width = values.shape
    blocks = values.reshape(height // MERGE, MERGE, width // MERGE, MERGE)
    return blocks.transpose(0, 2, 1, 3).reshape(-1)


def _around(index: np.ndarray, size: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The two learned positions around each index, ends on ends, and their linear weights."""
    place = index.astype(np.float32) * np.float32(side - 1) / np.float32(max(size - 1, 1))
    below = np.floor(place)
    after = place - below
    taps = below.astype(np.int32)[:, None] + np.arange(2, dtype=np.int32)
    weights = np.stack([np.float32(1) - after, after], axis=1)
    return taps.clip(0, side - 1), weights
