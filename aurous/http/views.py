"""The base of every API view: gates before it, version changes and rendering after it."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from rest_framework.response import Response
from rest_framework.views import APIView

from aurous.http import gates, strict_json
from aurous.http.body import check_size, read_object
from aurous.http.exceptions import as_aurous_error, error_response
from aurous.http.exchange import ApiRequest, Exchange, exchange_of, json_response
from aurous.http.openapi import Operation
from aurous.http.routes import route_of
from aurous.http.throttles import LimitExceededError
from aurous.http.versions import registry
from aurous.kernel.errors import AurousError

__all__ = ["ApiRequest", "ApiView", "Operation", "json_response"]

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_Handler = Callable[..., HttpResponseBase]


class ApiView(APIView):
    """One route. Subclasses define ``get``, ``post`` … and say what each of them needs.

    A handler gets an ``ApiRequest`` whose ``auth`` is the ``Caller``, and returns
    ``json_response(data)`` or REST framework's ``Response``. It may raise ``AurousError``.
    """

    http_method_names = ["get", "post", "put", "patch", "delete", "head"]

    scopes: ClassVar[Mapping[str, str]] = {"GET": "read"}  # the scope that a method needs
    route_class: ClassVar[str] = "read"  # "embeddings", "read" or "manage": which bucket
    body_optional: ClassVar[bool] = False  # may a POST come with no body at all?
    errors: ClassVar[Collection[str]] = ()  # codes that it answers, beside the common ones
    operations: ClassVar[Mapping[str, Operation]] = {}  # for the OpenAPI document, by method

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a view that forgot to say which scope one of its methods needs."""
        super().__init_subclass__(**kwargs)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            needs_scope = hasattr(cls, method.lower()) and cls.authentication_classes
            if needs_scope and method not in cls.scopes:
                raise TypeError(f"{cls.__name__}.scopes does not say what {method} needs")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Gates, handler, answer. Whatever is raised becomes the error envelope."""
        exchange = exchange_of(request)
        response: HttpResponseBase
        try:
            handler = self._handler(request)
            admitted = self._admitted(request, exchange)
            response = self._finished(admitted, handler(admitted, *args, **kwargs))
        except Exception as error:
            response = _failed(error, exchange)
        gates.complete_limit_headers(exchange, self.route_class)
        return response

    def body(self, request: ApiRequest) -> dict[str, Any]:
        """The JSON object that was sent, in the newest version's shape."""
        return registry.upgrade(self._operation(request), request.api_version, request.sent)

    def exact_body(self, request: ApiRequest) -> dict[str, Any]:
        """``body`` for amounts: numbers with a point or an exponent are ``Decimal``, unrounded."""
        sent = strict_json.parse_exact(request.body) if request.sent else {}
        return registry.upgrade(self._operation(request), request.api_version, sent)

    def sent_body(self, request: ApiRequest) -> dict[str, Any]:
        """The JSON object exactly as parsed: what an idempotency fingerprint is made of."""
        return request.sent

    def version_asked(self, request: ApiRequest) -> str | None:
        """Where a view without authentication finds the version that is asked for."""
        header: str | None = request.META.get(gates.VERSION_HEADER)
        return header

    def _handler(self, request: HttpRequest) -> _Handler:
        name = (request.method or "").lower()
        handler = getattr(self, name, None) if name in self.http_method_names else None
        if handler is None:
            raise _MethodNotAllowedError(request.method or "", self.allowed_methods)
        found: _Handler = handler
        return found

    def _admitted(self, request: HttpRequest, exchange: Exchange) -> ApiRequest:
        """The request after all gates, in the order of the contract."""
        check_size(request)
        admitted = ApiRequest(request, exchange)
        self.request = admitted
        method = "GET" if request.method == "HEAD" else request.method or ""
        authenticators = self.get_authenticators()
        if authenticators:
            caller = gates.authenticate(admitted, authenticators)
            gates.admit(admitted, caller, scope=self.scopes[method], route_class=self.route_class)
        else:
            gates.choose_version(admitted, self.version_asked(admitted), None)
        if method in _WITH_BODY:
            admitted.sent = read_object(request, optional=self.body_optional)
        return admitted

    def _finished(self, request: ApiRequest, response: HttpResponseBase) -> HttpResponseBase:
        """REST framework's answers as bytes, in the shape of the version that applies."""
        if not isinstance(response, Response):
            return response
        data = registry.downgrade(self._operation(request), request.api_version, response.data)
        finished = json_response(data, status=response.status_code)
        for name, value in response.items():
            if name != "Content-Type":
                finished[name] = value
        return finished

    def _operation(self, request: ApiRequest) -> str:
        """What a version change knows an operation by: ``POST /v1/embeddings``."""
        return f"{request.method} {route_of(request._request)}"


class _MethodNotAllowedError(AurousError):
    def __init__(self, method: str, allowed: list[str]) -> None:
        listed = ", ".join(allowed)
        super().__init__("method_not_allowed", f"This route takes {listed}, not {method[:20]}.")
        self.headers = {"Allow": listed}


def _failed(error: Exception, exchange: Exchange) -> HttpResponse:
    ours = as_aurous_error(error, exchange.request_id)
    if isinstance(ours, LimitExceededError):
        exchange.limit_headers.update(ours.headers)
    return error_response(ours, exchange.request_id)
