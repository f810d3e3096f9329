"""The parts that every operation of the OpenAPI document shares: errors, headers, security."""

from collections.abc import Iterable
from typing import Any

from aurous.http.idempotency_header import KEY_CHARACTERS_MAX
from aurous.kernel.errors import ERROR_CODES

Schema = dict[str, Any]

_BEFORE_AUTHENTICATION = frozenset({401, 405, 413})
ERRORS_OF_ALL = (
    "unknown_version",
    "unknown_field",
    "invalid_format",
    "resource_not_found",
    "method_not_allowed",
    "payload_too_large",
    "internal_error",
    "provider_unavailable",
)
ERRORS_WITH_KEY = (
    "missing_api_key",
    "invalid_api_key",
    "revoked_api_key",
    "missing_scope",
    "ip_not_allowed",
    "team_suspended",
    "too_many_requests",
)
ERRORS_WITH_BODY = (
    "unsupported_media_type",
    "invalid_json",
    "missing_field",
    "unknown_field",
    "value_out_of_range",
)
ERRORS_WITH_QUERY = ("unknown_field", "value_out_of_range")
ERRORS_WITH_IDEMPOTENCY = ("invalid_idempotency_key", "idempotency_key_in_use")

_ERROR_FIELDS: Schema = {
    "type": {"type": "string", "enum": sorted({code.type for code in ERROR_CODES.values()})},
    "code": {"type": "string", "enum": sorted(ERROR_CODES)},
    "message": {"type": "string"},
    "param": {"type": ["string", "null"], "description": "Path of the field at fault."},
    "doc_url": {"type": "string"},
    "request_id": {"type": "string", "pattern": "^req_[0-9A-HJKMNP-TV-Z]{26}$"},
}
ERROR_SCHEMA: Schema = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {
        "error": {
            "type": "object",
            "required": list(_ERROR_FIELDS),
            "additionalProperties": False,
            "properties": _ERROR_FIELDS,
        }
    },
}

SECURITY_SCHEMES: Schema = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "al_live_…"},
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}


def security_of(scope: str) -> list[Schema]:
    """Either way of sending a key, which must have this scope or one above it."""
    return [{"bearer": [scope]}, {"apiKey": [scope]}]


VERSION_PARAMETER: Schema = {
    "name": "Aurous-Version",
    "in": "header",
    "required": False,
    "description": "The dated version to apply; without it the team's own.",
    "schema": {"type": "string", "format": "date"},
}
IDEMPOTENCY_PARAMETER: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key and body again give the same answer and no second charge.",
    "schema": {"type": "string", "minLength": 1, "maxLength": KEY_CHARACTERS_MAX},
}


def _header(description: str, type_: str = "string") -> Schema:
    return {"description": description, "schema": {"type": type_}}


_ALWAYS = {
    "Aurous-Request-Id": _header("The id of this request."),
    "X-Request-Id": _header("The same id, where OpenAI's SDKs look for it."),
    "Aurous-Version": _header("The version that was applied."),
}
_LIMITS = {
    "X-RateLimit-Limit": _header("Requests a minute in this bucket.", "integer"),
    "X-RateLimit-Remaining": _header("Requests left in it.", "integer"),
    "X-RateLimit-Reset": _header("Epoch second at which it is full again.", "integer"),
}
_TOKEN_LIMITS = {
    "X-RateLimit-TPM-Limit": _header("Tokens a minute of the team.", "integer"),
    "X-RateLimit-TPM-Remaining": _header("Tokens left of them.", "integer"),
    "X-RateLimit-TPM-Reset": _header("Epoch second at which all are back.", "integer"),
}
_RETRY = {"Retry-After": _header("Seconds to wait before trying again.", "integer")}
_SHOULD_RETRY = {
    "X-Should-Retry": _header("false where trying again is of no use: OpenAI's SDKs then do not.")
}
_ALLOW = {"Allow": _header("The methods that this route takes.")}
_REPLAYED = {"Aurous-Idempotent-Replayed": _header("true on a replay, else absent.")}
_FILE = {"Content-Disposition": _header("The name of the file.")}
_DEPRECATION = {
    "Deprecation": _header("Since when this version or route is deprecated (RFC 9745)."),
    "Sunset": _header("When it stops being answered (RFC 8594)."),
    "Link": _header("Where the change is described."),
}
HEADERS: Schema = {
    **_ALWAYS,
    **_LIMITS,
    **_TOKEN_LIMITS,
    **_RETRY,
    **_SHOULD_RETRY,
    **_ALLOW,
    **_REPLAYED,
    **_FILE,
    **_DEPRECATION,
}


def headers_of(status: int, route_class: str | None, *, replays: bool) -> Schema:
    """References to the headers that an answer with this status may carry.

    ``route_class`` is None where no key is needed; then nothing is limited.
    """
    names = [*_ALWAYS]
    if route_class and status not in _BEFORE_AUTHENTICATION:
        names += _LIMITS
    if route_class == "embeddings" and status not in _BEFORE_AUTHENTICATION:
        names += _TOKEN_LIMITS
    if status in {409, 429, 503}:
        names += _RETRY
    if status == 503:
        names += _SHOULD_RETRY
    if status == 405:
        names += _ALLOW
    if replays and status < 300:
        names += _REPLAYED
    return _references(names)


def _references(names: Iterable[str]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


DEPRECATION_HEADERS = _references(_DEPRECATION)


def error_schema(codes: list[str]) -> Schema:
    """The envelope, narrowed to the codes that one status of one operation can have."""
    narrowed = {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}
    return {"allOf": [{"$ref": "#/components/schemas/Error"}, narrowed]}
