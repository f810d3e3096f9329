"""What pictures and videos are at the most, before any of them is fetched.

Media in the request itself is looked at (headers only, in a process that may be killed), so its
count is exact. Media behind a URL counts as the most that the model would read of it.
"""

from django.conf import settings

from aurous.kernel.errors import AurousError
from embeddings.content import MediaPart
from embeddings.media import data_urls, geometry
from embeddings.media.errors import MediaError, SandboxBroken, SandboxBusy
from embeddings.media.kinds import limits_of
from embeddings.media.shared import probes
from embeddings.work import MediaItem

BUSY_RETRY_AFTER_S = 2


def measure(part: MediaPart, at: int) -> MediaItem:
    """The work item of one part, which stands before the text token ``at``.

    Raises ``media_too_large``, ``media_unsupported``, ``invalid_format`` for what is in the
    request, 503 while too much of that is looked at.
    """
    fit_tokens = geometry.image_tokens_max(part.detail)
    if data_urls.is_data_url(part.url):
        held = _exact(part, fit_tokens)
    else:
        held = fit_tokens if part.kind == "image" else geometry.VIDEO_TOKENS_MAX
    return MediaItem(part.kind, at, part.url, part.path, fit_tokens, held)


def read_data(url: str, kind: str, path: str) -> bytes:
    """The bytes in a ``data:`` URL, within the limit."""
    limit = limits_of(kind).bytes_max
    if data_urls.bytes_of(url) > limit:
        raise AurousError(
            "media_too_large",
            f"`{path}` holds {data_urls.bytes_of(url):,} bytes; {kind}s may have {limit:,}.",
            param=path,
        )
    try:
        return data_urls.decode(url)
    except data_urls.NotBase64:
        raise AurousError(
            "invalid_format", f"`{path}` is not valid base64 behind the comma.", param=path
        ) from None


def media_refused(error: MediaError, path: str) -> AurousError:
    """What the customer is told of a file that cannot be read."""
    return AurousError(error.code, f"`{path}`: {error}", param=path)


def _exact(part: MediaPart, fit_tokens: int) -> int:
    data = read_data(part.url, part.kind, part.path)
    timeout_s = settings.MEDIA_PROBE_TIMEOUT_SECONDS
    try:
        if part.kind == "image":
            return probes().probe_image(data, timeout_s=timeout_s).tokens(fit_tokens)
        return probes().probe_video(data, timeout_s=timeout_s).plan.tokens
    except MediaError as error:
        refused = media_refused(error, part.path)
    except (SandboxBusy, SandboxBroken):
        refused = too_busy()
    raise refused  # out here: in a handler it would keep the frames alive, and the bytes in them


def too_busy() -> AurousError:
    """What callers are told when more media came than is looked at in time."""
    return AurousError(
        "provider_overloaded",
        "Too many pictures and videos are being read. Nothing was charged; try again.",
        retry_after_s=BUSY_RETRY_AFTER_S,
    )
