"""How much of a customer's file is looked at, and what looking at it may cost."""

from dataclasses import dataclass

MIB = 1_048_576


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one sandbox. The contract names those of bytes, pixels and seconds of video.

    The processor limits are of one file; the wall-clock limits end a child that does not use the
    processor either. ``memory_bytes_max`` is a child's address space: a picture of 50 million
    pixels with transparency needs most of it. A child that keeps more than ``resident_bytes_max``
    after a job, or that has done ``jobs_max``, is replaced: no memory creeps.
    """

    image_bytes_max: int = 20 * MIB
    image_pixels_max: int = 50_000_000
    image_cpu_seconds_max: int = 5
    image_wall_seconds_max: float = 6.0
    video_bytes_max: int = 100 * MIB
    video_seconds_max: float = 120.0
    video_frames_max: int = 14_400
    frame_pixels_max: int = 9_437_184  # 4096 × 2304
    # Two minutes of 1080p take one core 5 to 25 seconds, by their bit rate.
    video_cpu_seconds_max: int = 25
    video_wall_seconds_max: float = 35.0
    memory_bytes_max: int = 1_280 * MIB
    resident_bytes_max: int = 192 * MIB
    jobs_max: int = 500
    start_seconds_max: float = 20.0
