"""How many tokens a picture or a video is, and at what size it is read. Pure arithmetic.

The sizes are those of transformers' ``smart_resize`` for Qwen3-VL (a parity test holds them). The
web process prices by these functions, the decoder resizes by them, the engine counts by them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIDE_PIXELS = 32  # of the square that one token stands for: patches of 16, merged 2 × 2
TOKEN_PIXELS = SIDE_PIXELS**2
PATCHES_PER_TOKEN = 4
PIXELS_MIN = 4_096
RATIO_MAX = 200

IMAGE_TOKENS_MAX = 1_280
IMAGE_TOKENS_LOW_MAX = 256  # with `detail: low`
VIDEO_TOKENS_MAX = 4_500  # of all frames together
FRAME_TOKENS_MAX = 768

FRAMES_PER_SECOND = 1.0
FRAMES_MIN = 4
FRAMES_MAX = 64
FRAMES_MERGED = 2  # that many frames become one, behind one timestamp
VIDEO_PIXELS_MAX = VIDEO_TOKENS_MAX * TOKEN_PIXELS * FRAMES_MERGED


class RatioTooLarge(ValueError):  # noqa: N818 - named by what happened, as in engine.base
    """One side is more than ``RATIO_MAX`` times the other."""


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """What is read of a video: which frames, at which size, and when each pair of them shows.

    ``indices`` count from 0 in the order of presentation and may repeat one; ``seconds`` has one
    entry for each pair.
    """

    indices: tuple[int, ...]
    seconds: tuple[float, ...]
    height: int
    width: int

    @property
    def tokens(self) -> int:
        """Video tokens of the whole clip."""
        return len(self.seconds) * self.height * self.width // TOKEN_PIXELS


def image_tokens_max(detail: str | None) -> int:
    """The upper bound for an image of which nothing is known but its ``detail``."""
    return IMAGE_TOKENS_LOW_MAX if detail == "low" else IMAGE_TOKENS_MAX


def image_size(height: int, width: int, *, tokens_max: int) -> tuple[int, int]:
    """Height and width in pixels at which an image is read. Raises ``RatioTooLarge``."""
    _check_ratio(height, width)
    return _fitted(height, width, frames=1, pixels_max=tokens_max * TOKEN_PIXELS)


def tokens_of(height: int, width: int) -> int:
    """Tokens of an image whose sides are already fitted."""
    return height * width // TOKEN_PIXELS


def plan_clip(frames: int, seconds: float, height: int, width: int) -> ClipPlan:
    """Plan the reading of a video of so many frames and seconds. Raises ``RatioTooLarge``."""
    per_second = frames / seconds if seconds > 0 else FRAMES_PER_SECOND
    indices = _sampled(frames, int(seconds * FRAMES_PER_SECOND))
    fitted_height, fitted_width = _frame_size(len(indices), height, width)
    pairs = zip(indices[::FRAMES_MERGED], indices[1::FRAMES_MERGED], strict=True)
    shown = tuple((first / per_second + last / per_second) / 2 for first, last in pairs)
    return ClipPlan(indices, shown, fitted_height, fitted_width)


def timestamps(seconds: Sequence[float]) -> list[str]:
    """The texts that stand before the pairs of frames."""
    return [f"<{second:.1f} seconds>" for second in seconds]


def _sampled(frames: int, wanted: int) -> tuple[int, ...]:
    """An even count, spread evenly from the first frame to the last."""
    count = min(max(wanted, FRAMES_MIN), FRAMES_MAX, frames)
    count = max(FRAMES_MERGED, count - count % FRAMES_MERGED)
    step = (frames - 1) / (count - 1)
    return tuple(round(index * step) for index in range(count))


def _frame_size(frames: int, height: int, width: int) -> tuple[int, int]:
    if min(height, width) < SIDE_PIXELS:
        scale = max(SIDE_PIXELS / height, SIDE_PIXELS / width)
        height, width = int(height * scale), int(width * scale)
    _check_ratio(height, width)
    each = min(FRAME_TOKENS_MAX * TOKEN_PIXELS, VIDEO_PIXELS_MAX // frames)
    pixels_max = max(each, int(PIXELS_MIN * 1.05)) * frames
    fitted = _fitted(height, width, frames=frames, pixels_max=pixels_max)
    return _within_budget(*fitted, frames=frames)


def _check_ratio(height: int, width: int) -> None:
    if max(height, width) > RATIO_MAX * min(height, width):
        raise RatioTooLarge(f"{width} × {height} pixels")


def _fitted(height: int, width: int, *, frames: int, pixels_max: int) -> tuple[int, int]:
    """Both sides as multiples of 32, the shape kept, the pixels of all frames within bounds."""
    side = SIDE_PIXELS
    whole = frames + frames % FRAMES_MERGED if frames > 1 else 1
    fitted = round(height / side) * side, round(width / side) * side
    if whole * fitted[0] * fitted[1] > pixels_max:
        beta = math.sqrt(frames * height * width / pixels_max)
        return (
            max(side, math.floor(height / beta / side) * side),
            max(side, math.floor(width / beta / side) * side),
        )
    if whole * fitted[0] * fitted[1] < PIXELS_MIN:
        beta = math.sqrt(PIXELS_MIN / (frames * height * width))
        return (
            math.ceil(height * beta / side) * side,
            math.ceil(width * beta / side) * side,
        )
    return fitted


def _within_budget(height: int, width: int, *, frames: int) -> tuple[int, int]:
    """Very long and thin frames: the formula's smallest side would exceed the video's budget."""
    longest_max = VIDEO_PIXELS_MAX // (frames * SIDE_PIXELS) // SIDE_PIXELS * SIDE_PIXELS
    if height == SIDE_PIXELS:
        return height, min(width, longest_max)
    if width == SIDE_PIXELS:
        return min(height, longest_max), width
    return height, width
