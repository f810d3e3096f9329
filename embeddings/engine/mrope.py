"""Where each token stands for the decoder: in time, in height and in width (M-RoPE).

The same numbers as ``Qwen3VLModel.get_rope_index`` gives, without a device.
"""

from collections.abc import Iterable

import numpy as np

# (first row, height, width): one picture or pair of frames, in tokens.
Grid = tuple[int, int, int]


def positions(length: int, grids: Iterable[Grid]) -> np.ndarray:
    """Return int32 (3, length): text counts on in all three, a grid stands still in time.

    ``grids`` come in the order of their rows. What follows a grid goes on behind its longer side.
    """
    out = np.empty((3, length), dtype=np.int32)
    row = place = 0
    for start, height, width in grids:
        text = start - row
        out[:, row:start] = np.arange(place, place + text)
        place += text
        row = start + height * width
        cells = out[:, start:row].reshape(3, height, width)
        cells[0] = place
        cells[1] = place + np.arange(height)[:, None]
        cells[2] = place + np.arange(width)
        place += max(height, width)
    out[:, row:] = np.arange(place, place + length - row)
    return out
