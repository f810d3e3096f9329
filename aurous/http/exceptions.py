"""From whatever went wrong to the one error envelope of the API."""

from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, UnreadablePostError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework import exceptions as rest
from rest_framework.response import Response

from aurous.http.exchange import ApiResponse
from aurous.http.rendering import MEDIA_TYPE, render
from aurous.kernel.errors import AurousError
from aurous.logs import hidden

log = structlog.get_logger(__name__)

_STORE_AWAY = (OperationalError, InterfaceError, RedisConnectionError, RedisTimeoutError)
# Kinds that Django and REST framework raise themselves: their text is theirs, ours is shown.
_KNOWN: tuple[tuple[type[Exception], str, str], ...] = (
    (Http404, "resource_not_found", "There is no such object or route."),
    (rest.NotFound, "resource_not_found", "There is no such object or route."),
    (rest.NotAuthenticated, "missing_api_key", "Send an API key as Authorization: Bearer."),
    (rest.AuthenticationFailed, "invalid_api_key", "The API key is not valid."),
    (rest.PermissionDenied, "missing_scope", "This API key may not do this."),
    (PermissionDenied, "missing_scope", "This API key may not do this."),
    (rest.MethodNotAllowed, "method_not_allowed", "This route does not take this method."),
    (rest.UnsupportedMediaType, "unsupported_media_type", "Send application/json."),
    (rest.ParseError, "invalid_json", "The body is not valid JSON."),
    (RequestDataTooBig, "payload_too_large", "The body is too large."),
    (UnreadablePostError, "invalid_json", "The body ended before all of it had arrived."),
    (SuspiciousOperation, "invalid_format", "The request is malformed."),
)
_FIELD_CODES = {
    "required": "missing_field",
    "null": "missing_field",
    "blank": "value_out_of_range",
    "empty": "value_out_of_range",
    "min_length": "value_out_of_range",
    "max_length": "value_out_of_range",
    "min_value": "value_out_of_range",
    "max_value": "value_out_of_range",
}


def envelope(error: AurousError, request_id: str) -> dict[str, Any]:
    """The body of an error answer."""
    return {
        "error": {
            "type": error.type,
            "code": error.code,
            "message": hidden(error.message),
            "param": None if error.param is None else hidden(error.param),
            "doc_url": f"{settings.AUROUS_PUBLIC_URL}/errors#{error.code}",
            "request_id": request_id,
        }
    }


def error_response(error: AurousError, request_id: str) -> ApiResponse:
    """The whole answer to an error, with the headers that belong to it."""
    response = ApiResponse(
        _bytes(envelope(error, request_id)), status=error.status, content_type=MEDIA_TYPE
    )
    for name, value in headers_of(error).items():
        response[name] = value
    response.error_code = error.code
    return response


def headers_of(error: AurousError) -> dict[str, str]:
    """Headers that an error brings along: its limits, when to retry, how to authenticate."""
    headers = dict(getattr(error, "headers", {}))
    retry_after_s = error.retry_after_s
    if retry_after_s is None and error.status in {429, 503}:
        retry_after_s = 1
    if retry_after_s is not None:
        headers["Retry-After"] = str(max(1, retry_after_s))
    if error.status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="api"'
    return headers


def as_aurous_error(error: Exception, request_id: str) -> AurousError:
    """What a caller is told about ``error``. What is our own fault is logged with its stack."""
    if isinstance(error, AurousError):
        if error.__cause__ is not None and error.status >= 500:
            log.warning(error.code, request_id=request_id, cause=repr(error.__cause__))
        return error
    if isinstance(error, _STORE_AWAY):
        log.error("store_unavailable", request_id=request_id, exc_info=error)
        return AurousError(
            "provider_unavailable", "A store of Aurous does not answer. Try again.", retry_after_s=1
        )
    if isinstance(error, rest.ValidationError):
        return _field_error(error.get_full_details(), "")
    for kind, code, message in _KNOWN:
        if isinstance(error, kind):
            return AurousError(code, message)
    log.error("internal_error", request_id=request_id, exc_info=error)
    return AurousError(
        "internal_error",
        f"Something broke on our side. Try again; if it stays, report it with {request_id}.",
    )


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """REST framework's hook, for views that do not go through ``ApiView``."""
    request_id = getattr(context["request"], "request_id", "")
    ours = as_aurous_error(error, request_id)
    return Response(envelope(ours, request_id), status=ours.status, headers=headers_of(ours))


def _bytes(body: dict[str, Any]) -> bytes:
    try:
        return render(body)
    except TypeError:  # a text that is no Unicode (a lone surrogate out of a header)
        error = body["error"]
        error["message"], error["param"] = "The request is malformed.", None
        return render(body)


def _field_error(details: Any, path: str) -> AurousError:
    """The first field at fault in REST framework's tree of errors."""
    if isinstance(details, list):
        details = next(detail for detail in details if detail)
    if "message" not in details:
        name, inner = next(iter(details.items()))
        return _field_error(inner, _joined(path, name))
    code = _FIELD_CODES.get(details["code"], "invalid_format")
    return AurousError(code, str(details["message"]), param=path or None)


def _joined(path: str, name: str | int) -> str:
    """``input`` and 2 are ``input[2]``; ``input[2]`` and ``url`` are ``input[2].url``."""
    if name == "non_field_errors":
        return path
    if isinstance(name, int):
        return f"{path}[{name}]"
    return f"{path}.{name}" if path else name
