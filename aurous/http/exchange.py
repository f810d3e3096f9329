"""What the edge, the gates and the access line know about one request in flight."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.request import Request

from aurous.http.caller import Caller
from aurous.http.rendering import MEDIA_TYPE, AlwaysJSON, render
from aurous.http.strict_json import StrictJSONParser
from aurous.kernel.ids import new_id

_PARSERS = (StrictJSONParser(),)
_NEGOTIATOR = AlwaysJSON()


@dataclass(slots=True)
class Exchange:
    """One request and what is known of its answer so far."""

    request_id: str = field(default_factory=lambda: new_id("req"))
    started_s: float = field(default_factory=time.perf_counter)
    # The system default, until the version gate has passed.
    api_version: str = field(default_factory=lambda: str(settings.API_DEFAULT_VERSION))
    caller: Caller | None = None
    operator: str = ""  # who looks at a team's dashboard without being in the team
    auth_ms: float = 0.0
    limit_headers: dict[str, str] = field(default_factory=dict)


def begin(request: HttpRequest) -> Exchange:
    """Give a request its id, as ``request.request_id``, and all that goes with it."""
    exchange = Exchange()
    request.__dict__.update(exchange=exchange, request_id=exchange.request_id)
    return exchange


def exchange_of(request: HttpRequest) -> Exchange:
    """The exchange of a request; a new one where no edge began it (a view called by a test)."""
    found = request.__dict__.get("exchange")
    return found if isinstance(found, Exchange) else begin(request)


class ApiRequest(Request):
    """What a view is given after the gates.

    ``auth`` is the ``Caller``; bodies are read with ``view.body(request)``.
    """

    auth: Caller

    def __init__(self, request: HttpRequest, exchange: Exchange) -> None:
        super().__init__(request, parsers=_PARSERS, negotiator=_NEGOTIATOR)
        self.exchange = exchange
        self.sent: dict[str, Any] = {}  # the body as parsed, before any version change

    @property
    def request_id(self) -> str:
        """The ``req_`` id of this request."""
        return self.exchange.request_id

    @property
    def api_version(self) -> str:
        """The version that applies."""
        return self.exchange.api_version

    @property
    def limit_headers(self) -> dict[str, str]:
        """Rate limit headers of the answer; a view adds those of the buckets it takes from."""
        return self.exchange.limit_headers

    @property
    def auth_ms(self) -> float:
        """Milliseconds that authentication took, for ``Server-Timing``."""
        return self.exchange.auth_ms


class ApiResponse(HttpResponse):
    """A JSON answer; ``error_code`` is for the access line."""

    error_code: str | None = None


def json_response(
    data: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> ApiResponse:
    """An answer with ``data`` as JSON; cheaper than REST framework's ``Response``."""
    return ApiResponse(render(data), status=status, headers=headers, content_type=MEDIA_TYPE)
