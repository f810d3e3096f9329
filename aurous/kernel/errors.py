"""The one error type that a caller can see, and the table of its codes (contract section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """What a code always means: its HTTP status and its family."""

    status: int
    type: str


def _codes(type_: str, status: int, *names: str) -> dict[str, ErrorCode]:
    return {name: ErrorCode(status, type_) for name in names}


ERROR_CODES: Mapping[str, ErrorCode] = MappingProxyType(
    {
        **_codes("authentication", 401, "missing_api_key", "invalid_api_key", "revoked_api_key"),
        **_codes(
            "authentication",
            403,
            "missing_scope",
            "ip_not_allowed",
            "model_not_allowed",
            "team_suspended",
        ),
        **_codes(
            "invalid_request",
            400,
            "unknown_version",
            "invalid_json",
            "missing_field",
            "unknown_field",
            "invalid_format",
            "value_out_of_range",
            "invalid_page_token",
            "invalid_idempotency_key",
            "embeddings_batch_not_supported",
            "embeddings_input_too_many_items",
            "embeddings_input_too_large",
            "embeddings_unsupported_dimensions",
            "embeddings_modality_unsupported",
            "media_url_not_allowed",
            "media_fetch_failed",
            "media_too_large",
            "media_unsupported",
        ),
        **_codes("invalid_request", 402, "balance_too_low", "key_limit_reached"),
        **_codes("not_found", 404, "resource_not_found", "model_not_found"),
        **_codes("invalid_request", 405, "method_not_allowed"),
        **_codes("invalid_request", 409, "idempotency_key_in_use"),
        **_codes("invalid_request", 413, "payload_too_large"),
        **_codes("invalid_request", 415, "unsupported_media_type"),
        **_codes(
            "rate_limit",
            429,
            "too_many_requests",
            "tpm_rate_limit_exceeded",
            "concurrency_limit_exceeded",
        ),
        **_codes("server_error", 500, "internal_error"),
        **_codes("server_error", 503, "provider_unavailable", "provider_overloaded"),
        **_codes("server_error", 504, "provider_timeout"),
    }
)


class AurousError(Exception):
    """An error with a documented code. Raise it anywhere; the API door turns it into the envelope.

    ``param`` is the path of the field at fault (``input[2].text``). ``retry_after_s`` becomes
    the ``Retry-After`` header. The message must hold no key, no input text and no stack.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        param: str | None = None,
        retry_after_s: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.retry_after_s = retry_after_s

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return ERROR_CODES[self.code].status

    @property
    def type(self) -> str:
        """The family of the code."""
        return ERROR_CODES[self.code].type

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling, so that a worker can hand an error to another process."""
        return (_rebuild, (self.code, self.message, self.param, self.retry_after_s))


def _rebuild(code: str, message: str, param: str | None, retry_after_s: int | None) -> AurousError:
    return AurousError(code, message, param=param, retry_after_s=retry_after_s)
