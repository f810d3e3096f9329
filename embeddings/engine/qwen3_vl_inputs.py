"""What an input must be for Qwen3-VL, and why one is refused."""

import math
from dataclasses import dataclass

import numpy as np

from embeddings.engine.base import Clip, EngineInput, Media, RefusedInput
from embeddings.engine.qwen3_vl_template import Prompt
from embeddings.media.geometry import FRAMES_MERGED, SIDE_PIXELS

# The model was trained to be cut down to this many numbers.
DIMENSIONS_MIN = 64
# What the model's authors allow, whatever its positions could reach.
TOKENS_MAX = 32_768


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one model: ids that a text can have, tokens in all, numbers in a vector."""

    vocabulary: int
    special_ids: np.ndarray
    tokens_max: int
    hidden: int

    def check(self, item: EngineInput) -> None:
        """Raise RefusedInput with what is wrong, for operators."""
        if not DIMENSIONS_MIN <= item.dimensions <= self.hidden:
            raise RefusedInput(f"dimensions is {item.dimensions}, of {self.hidden}")
        self._check_text(item)
        last = 0
        for media in item.media:
            if not last <= media.at <= len(item.token_ids):
                raise RefusedInput(f"media before token {media.at} is out of order")
            last = media.at
            check_media(media)

    def check_length(self, prompt: Prompt) -> None:
        """Raise RefusedInput for more tokens, template included, than the model reads."""
        if len(prompt.ids) > self.tokens_max:
            raise RefusedInput(f"{len(prompt.ids)} tokens; this model reads {self.tokens_max}")

    def _check_text(self, item: EngineInput) -> None:
        if len(item.token_ids) > self.tokens_max:
            raise RefusedInput(f"{len(item.token_ids)} tokens; this model reads {self.tokens_max}")
        ids = np.asarray(item.token_ids, dtype=np.int64)
        if ids.size and (ids.min() < 0 or ids.max() >= self.vocabulary):
            raise RefusedInput("a token id is not in the vocabulary")
        if np.isin(ids, self.special_ids).any():
            raise RefusedInput("a token id is special, which no customer's text can be")


def check_media(media: Media) -> None:
    """Raise RefusedInput for pixels that are not as ``engine.base`` says."""
    pixels = media.frames if isinstance(media, Clip) else media.pixels[None]
    if pixels.dtype != np.uint8 or pixels.ndim != 4 or pixels.shape[3] != 3:
        raise RefusedInput(f"pixels are {pixels.dtype} {pixels.shape}, not uint8 RGB")
    frames, height, width, _ = pixels.shape
    if min(height, width) == 0 or height % SIDE_PIXELS or width % SIDE_PIXELS:
        raise RefusedInput(f"{width} × {height} pixels; sides are multiples of {SIDE_PIXELS}")
    if not isinstance(media, Clip):
        return
    if frames == 0 or frames != FRAMES_MERGED * len(media.seconds):
        raise RefusedInput(f"{frames} frames and {len(media.seconds)} timestamps")
    if not all(math.isfinite(second) and second >= 0 for second in media.seconds):
        raise RefusedInput("a timestamp is not a time")
