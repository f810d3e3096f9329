"""Why a file is refused, in words for the customer. A decoder's own words never get here."""

from embeddings.media.geometry import RATIO_MAX
from embeddings.media.limits import MIB, Limits
from embeddings.media.wire import Answer, Reason

TOO_LARGE = "media_too_large"
UNSUPPORTED = "media_unsupported"


class MediaError(Exception):
    """A file that is not read: ``code`` is of contract section 4, ``message`` for the customer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class SandboxBusy(Exception):  # noqa: N818 - named by what happened, as in engine.base
    """No process became free in time. Says nothing about the file."""


class SandboxBroken(Exception):  # noqa: N818 - as above
    """No process could be started, or the sandbox was stopped. Says nothing about the file."""


_WORDS: dict[Reason, tuple[str, str]] = {
    Reason.NO_IMAGE: (
        UNSUPPORTED,
        "The file is not a JPEG, PNG, WEBP or GIF image. Convert it to one of these.",
    ),
    Reason.NO_VIDEO: (
        UNSUPPORTED,
        "The file is not an MP4, MOV, WebM or Matroska video. Convert it to one of these.",
    ),
    Reason.IMAGE_IS_VIDEO: (
        UNSUPPORTED,
        "The file is a video, not an image. Send it in a video_url part.",
    ),
    Reason.VIDEO_IS_IMAGE: (
        UNSUPPORTED,
        "The file is an image, not a video. Send it in an image_url part.",
    ),
    Reason.IMAGE_BROKEN: (
        UNSUPPORTED,
        "The image cannot be read: it is damaged or cut short. Save it again and resend it.",
    ),
    Reason.VIDEO_BROKEN: (
        UNSUPPORTED,
        "The video cannot be read: it is damaged, cut short or has no pictures. Save it again "
        "and resend it.",
    ),
    Reason.CODEC: (
        UNSUPPORTED,
        "The video's codec is not read. Use H.264, HEVC, VP9 or AV1 (in WebM also VP8).",
    ),
    Reason.RATIO: (
        UNSUPPORTED,
        "One side of the picture is more than {ratio_max} times the other. Cut it.",
    ),
    Reason.IMAGE_BYTES: (
        TOO_LARGE,
        "The image is larger than {image_mib} MiB. Send a smaller one.",
    ),
    Reason.VIDEO_BYTES: (
        TOO_LARGE,
        "The video is larger than {video_mib} MiB. Send a smaller one.",
    ),
    Reason.PIXELS: (
        TOO_LARGE,
        "The image has more than {limits.image_pixels_max:,} pixels. Send a smaller one.",
    ),
    Reason.FRAME_PIXELS: (
        TOO_LARGE,
        "The video's frames have more than {limits.frame_pixels_max:,} pixels. Send a smaller one.",
    ),
    Reason.FRAMES: (
        TOO_LARGE,
        "The video has more than {limits.video_frames_max:,} frames. Cut it or lower its rate.",
    ),
    Reason.SECONDS: (
        TOO_LARGE,
        "The video lasts {answer.seconds:.1f} seconds; at most {limits.video_seconds_max:.0f} are "
        "read. Cut it.",
    ),
    Reason.MEMORY: (TOO_LARGE, "The file takes too much memory to read. Send a smaller one."),
    Reason.TIME: (TOO_LARGE, "The file takes too long to read. Send a smaller or shorter one."),
}


def media_error(answer: Answer, limits: Limits) -> MediaError:
    """The error that tells a customer of this answer. Raises ``KeyError`` when it was fine."""
    code, words = _WORDS[answer.reason]
    message = words.format(
        answer=answer,
        limits=limits,
        ratio_max=RATIO_MAX,
        image_mib=limits.image_bytes_max // MIB,
        video_mib=limits.video_bytes_max // MIB,
    )
    return MediaError(code, message)
