"""The body of a request: how large it may be, and reading it as JSON."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from aurous.http import strict_json
from aurous.kernel.errors import AurousError

_DIGITS_MAX = 18  # more is too large for certain, and slow to convert


def check_size(request: HttpRequest) -> None:
    """Raise ``payload_too_large`` before anything is read, where the length is declared.

    A body without a length (chunked) is counted while it is read, and kept.
    """
    declared = request.META.get("CONTENT_LENGTH") or ""
    if not declared:
        if request.META.get("HTTP_TRANSFER_ENCODING"):
            _read_counted(request)
        return
    if not (declared.isascii() and declared.isdigit()):
        raise AurousError(
            "invalid_format", "Content-Length is not a whole number.", param="Content-Length"
        )
    if len(declared) > _DIGITS_MAX or int(declared) > settings.REQUEST_BODY_BYTES_MAX:
        raise _too_large()


def read_object(request: HttpRequest, *, optional: bool) -> dict[str, Any]:
    """The JSON object in the body. ``optional``: no body and no type is the empty object."""
    content_type = request.META.get("CONTENT_TYPE") or None
    if content_type is None and optional and not request.body:
        return {}
    strict_json.check_media_type(content_type)
    encoding = request.META.get("HTTP_CONTENT_ENCODING", "identity")
    if encoding.strip().lower() != "identity":
        raise AurousError("unsupported_media_type", "Send the body without Content-Encoding.")
    return strict_json.parse(request.body)


def _read_counted(request: HttpRequest) -> None:
    # Only a server that ends the stream where the body ends may be read without a length.
    if not request.META.get("wsgi.input_terminated"):
        return
    left = settings.REQUEST_BODY_BYTES_MAX + 1
    chunks = []
    while left > 0 and (chunk := request.META["wsgi.input"].read(left)):
        chunks.append(chunk)
        left -= len(chunk)
    if left <= 0:
        raise _too_large()
    request.__dict__["_body"] = b"".join(chunks)  # where Django keeps a body once it is read


def _too_large() -> AurousError:
    return AurousError(
        "payload_too_large",
        f"The body is larger than {settings.REQUEST_BODY_BYTES_MAX:,} bytes. Send media by URL.",
    )
