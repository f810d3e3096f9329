"""What is known of a file once a child has looked at it, as far as the parent believes it."""

import math
from dataclasses import dataclass

from embeddings.media import geometry
from embeddings.media.geometry import ClipPlan, RatioTooLarge
from embeddings.media.limits import Limits
from embeddings.media.wire import Answer, Garbage


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """Sides in pixels as the image is seen, its orientation applied."""

    width: int
    height: int

    def size(self, tokens_max: int) -> tuple[int, int]:
        """Height and width at which it is read."""
        return geometry.image_size(self.height, self.width, tokens_max=tokens_max)

    def tokens(self, tokens_max: int) -> int:
        """What it counts, at most ``tokens_max``."""
        return geometry.tokens_of(*self.size(tokens_max))


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """Sides in pixels as the video is seen, pictures shown and for how many seconds together."""

    width: int
    height: int
    frames: int
    seconds: float

    @property
    def plan(self) -> ClipPlan:
        """What is read of it."""
        return geometry.plan_clip(self.frames, self.seconds, self.height, self.width)


def image_info(answer: Answer, limits: Limits) -> ImageInfo:
    """Raises ``Garbage`` for what an honest child would have refused."""
    if not 1 <= answer.width * answer.height <= limits.image_pixels_max:
        raise Garbage
    info = ImageInfo(answer.width, answer.height)
    try:
        info.size(geometry.IMAGE_TOKENS_MAX)
    except RatioTooLarge as error:
        raise Garbage from error
    return info


def video_info(answer: Answer, limits: Limits) -> VideoInfo:
    """Raises ``Garbage`` for what an honest child would have refused."""
    fine = (
        1 <= answer.width * answer.height <= limits.frame_pixels_max
        and 1 <= answer.frames <= limits.video_frames_max
        and math.isfinite(answer.seconds)
        and 0 <= answer.seconds <= limits.video_seconds_max
    )
    if not fine:
        raise Garbage
    info = VideoInfo(answer.width, answer.height, answer.frames, answer.seconds)
    try:
        assert info.plan.tokens
    except RatioTooLarge as error:
        raise Garbage from error
    return info
