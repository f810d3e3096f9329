"""What may be asked of each kind of media, pictures and videos: bytes and seconds."""

from dataclasses import dataclass

from django.conf import settings

from embeddings.media.limits import Limits


@dataclass(frozen=True, slots=True)
class KindLimits:
    """``fetch_s`` is for the fetch alone, ``read_s`` from its begin to the decoded pixels.

    ``bytes_in_flight_max`` is what all files of this kind in one worker may take together until
    they are decoded.
    """

    bytes_max: int
    fetch_s: float
    read_s: float
    bytes_in_flight_max: int


def limits_of(kind: str) -> KindLimits:
    """Of ``image`` or ``video``. Raises KeyError for anything else."""
    return {
        "image": KindLimits(
            settings.MEDIA_IMAGE_BYTES_MAX,
            settings.MEDIA_IMAGE_FETCH_SECONDS,
            settings.MEDIA_IMAGE_READ_SECONDS,
            settings.MEDIA_IMAGE_BYTES_IN_FLIGHT_MAX,
        ),
        "video": KindLimits(
            settings.MEDIA_VIDEO_BYTES_MAX,
            settings.MEDIA_VIDEO_FETCH_SECONDS,
            settings.MEDIA_VIDEO_READ_SECONDS,
            settings.MEDIA_VIDEO_BYTES_IN_FLIGHT_MAX,
        ),
    }[kind]


def decoder_limits() -> Limits:
    """What decoders take: no more bytes than this installation's limits."""
    return Limits(
        image_bytes_max=settings.MEDIA_IMAGE_BYTES_MAX,
        video_bytes_max=settings.MEDIA_VIDEO_BYTES_MAX,
    )
