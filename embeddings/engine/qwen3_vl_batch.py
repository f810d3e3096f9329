"""Many prompts as one row of tokens and one row of patches, all that is not the model's, in numpy.

Whatever depends on sizes is computed here, on the CPU: the device is never asked for a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from embeddings.engine.mrope import positions
from embeddings.engine.qwen3_vl_template import Placed, Prompt
from embeddings.engine.segments import Segments, segments_of
from embeddings.engine.vision_grid import MERGE, Grid, grid_of

FrameShape = tuple[int, int, int]  # frames, height and width in pixels


@dataclass(frozen=True, slots=True)
class Arrays:
    """What travels to the device. T tokens, B prompts, P patches, V visual tokens.

    ``token_ids`` int64 (T,); ``positions`` int32 (3, T); ``bounds`` int32 (B + 1,) of prompts;
    ``last_rows`` int64 (B,); ``ones`` int32 (B + 1,), the bounds of one query a prompt;
    ``dimensions`` int64 (B,); ``pixels`` uint8 (all of them); ``cells`` int32 (2, P); ``taps``
    int32 and ``tap_weights`` float32 (P, 4); ``frame_bounds`` int32; ``visual_rows`` int64 (V,):
    the token that each merged patch replaces.
    """

    token_ids: np.ndarray
    positions: np.ndarray
    bounds: np.ndarray
    last_rows: np.ndarray
    ones: np.ndarray
    dimensions: np.ndarray
    pixels: np.ndarray
    cells: np.ndarray
    taps: np.ndarray
    tap_weights: np.ndarray
    frame_bounds: np.ndarray
    visual_rows: np.ndarray

    def by_name(self) -> dict[str, np.ndarray]:
        """Every array with its name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Batch:
    """``places[i]`` is where the i-th packed prompt stood; ``frames`` is None without media."""

    arrays: Arrays
    places: tuple[int, ...]
    prompts: Segments
    frames: Segments | None
    shapes: tuple[FrameShape, ...]


def pack(prompts: Sequence[Prompt], side: int) -> Batch:
    """Join prompts, longest first, and their media, largest frames first.

    Equal lengths are neighbours then, and attention that knows no bounds does them together.
    ``side``: of the square of learned positions in the vision tower.
    """
    places = tuple(sorted(range(len(prompts)), key=lambda place: -len(prompts[place].ids)))
    ordered = [prompts[place] for place in places]
    segments = segments_of([len(prompt.ids) for prompt in ordered])
    media = [
        (placed, int(start))
        for prompt, start in zip(ordered, segments.bounds, strict=False)
        for placed in prompt.placed
    ]
    media.sort(key=lambda one: -one[0].height * one[0].width)
    grids = [_grid(placed, side) for placed, _ in media]
    frames = segments_of(_frame_lengths(media)) if media else None
    arrays = Arrays(
        token_ids=np.concatenate([prompt.ids for prompt in ordered]),
        positions=np.concatenate([positions(len(p.ids), p.grids) for p in ordered], axis=1),
        bounds=segments.bounds,
        last_rows=segments.bounds[1:].astype(np.int64) - 1,
        ones=np.arange(len(ordered) + 1, dtype=np.int32),
        dimensions=np.array([prompt.dimensions for prompt in ordered]),
        pixels=_joined([placed.frames.reshape(-1) for placed, _ in media], np.uint8),
        cells=_joined([grid.cells for grid in grids], np.int32, axis=1),
        taps=_joined([grid.taps for grid in grids], np.int32),
        tap_weights=_joined([grid.tap_weights for grid in grids], np.float32),
        frame_bounds=frames.bounds if frames else np.zeros(1, dtype=np.int32),
        visual_rows=_joined([_rows(placed, base) for placed, base in media], np.int64),
    )
    shapes = tuple(placed.frames.shape[:3] for placed, _ in media)
    return Batch(arrays, places, segments, frames, shapes)


def _grid(placed: Placed, side: int) -> Grid:
    """The grid of all pairs of frames of a picture or clip."""
    one = grid_of(placed.height * MERGE, placed.width * MERGE, side)
    pairs = len(placed.starts)
    if pairs == 1:
        return one
    return Grid(
        np.tile(one.cells, (1, pairs)),
        np.tile(one.taps, (pairs, 1)),
        np.tile(one.tap_weights, (pairs, 1)),
    )


def _frame_lengths(media: Sequence[tuple[Placed, int]]) -> list[int]:
    """Patches of each pair of frames: attention in the tower stays inside one."""
    return [placed.height * placed.width * MERGE**2 for placed, _ in media for _ in placed.starts]


def _rows(placed: Placed, base: int) -> np.ndarray:
    """Rows of a picture's or clip's tokens in the batch, where its prompt begins at ``base``."""
    starts = np.array(placed.starts, dtype=np.int64)[:, None] + base
    return (starts + np.arange(placed.height * placed.width)).reshape(-1)


def _joined(arrays: list[np.ndarray], dtype: type[np.generic], axis: int = 0) -> np.ndarray:
    return np.concatenate(arrays, axis=axis) if arrays else np.zeros(0, dtype=dtype)
