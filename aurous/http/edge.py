"""The first and last thing that happens to a request; for ``/v1`` the only middleware.

The API needs no session, no CSRF check, no redirects; going past them saves more than half of
the time that Django takes. It also means that no answer under ``/v1`` can be anybody's HTML.
"""

import time
from collections.abc import Callable
from functools import lru_cache

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.urls import ResolverMatch, get_resolver

from aurous import metrics
from aurous.http.download import Download
from aurous.http.exceptions import as_aurous_error, error_response
from aurous.http.exchange import ApiResponse, Exchange, begin
from aurous.http.routes import route_of
from aurous.http.versions import deprecations

log = structlog.get_logger("aurous.access")

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_QUIET = ("/health/", "/metrics", "/static/")


def api_urlconf() -> str:
    """The module with the routes under ``/v1``."""
    return getattr(settings, "API_URLCONF", "aurous.api_urls")


class EdgeMiddleware:
    """Gives each request its id, answers ``/v1`` itself, writes the access line and metrics."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._pages = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer one request."""
        exchange = begin(request)
        path = request.path_info
        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            if path == "/v1" or path.startswith("/v1/"):
                return self._api(request, exchange)
            return self._page(request, exchange)

    def _api(self, request: HttpRequest, exchange: Exchange) -> HttpResponseBase:
        response: HttpResponseBase
        try:
            response = _answer(request)
        except Exception as error:
            ours = as_aurous_error(error, exchange.request_id)
            response = error_response(ours, exchange.request_id)
        _complete(request, response, exchange)
        _account(request, response, exchange)
        return response

    def _page(self, request: HttpRequest, exchange: Exchange) -> HttpResponseBase:
        response = self._pages(request)
        response["X-Request-Id"] = exchange.request_id
        if not request.path_info.startswith(_QUIET):
            _account(request, response, exchange)
        return response


def _answer(request: HttpRequest) -> HttpResponseBase:
    if "\x00" in request.path_info:
        raise Http404  # no route has it, and PostgreSQL takes it in no text
    match = _resolve(api_urlconf(), request.path_info)
    request.resolver_match = match
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    if isinstance(response, SimpleTemplateResponse):  # a view that is no ApiView
        response.render()
    return response


@lru_cache(maxsize=256)
def _resolve(urlconf: str, path: str) -> ResolverMatch:
    """Most requests go to a handful of paths. A path without a route raises, and is not kept."""
    return get_resolver(urlconf).resolve(path)


def _complete(request: HttpRequest, response: HttpResponseBase, exchange: Exchange) -> None:
    """The headers that every API answer carries."""
    headers = response.headers
    headers["Aurous-Request-Id"] = exchange.request_id
    headers["X-Request-Id"] = exchange.request_id
    headers["Aurous-Version"] = exchange.api_version
    headers["Cache-Control"] = "no-store"
    headers["X-Content-Type-Options"] = "nosniff"
    for name, value in exchange.limit_headers.items():
        headers[name] = value
    if deprecations.VERSIONS or deprecations.ROUTES:
        operation = f"{request.method} {route_of(request)}"
        for name, value in deprecations.headers_of(exchange.api_version, operation).items():
            headers[name] = value
    if isinstance(response, Download):
        if request.method == "HEAD":
            response.streaming_content = ()
    elif isinstance(response, HttpResponse):
        headers["Content-Length"] = str(len(response.content))
        if request.method == "HEAD":
            response.content = b""
    response.__dict__["_has_been_logged"] = True  # Django's own line would show the path


def _account(request: HttpRequest, response: HttpResponseBase, exchange: Exchange) -> None:
    """One access line and the metrics. Nothing that a caller wrote goes into either."""
    seconds = time.perf_counter() - exchange.started_s
    route = route_of(request)
    method = request.method if request.method in _METHODS else "other"
    status = response.status_code
    metrics.HTTP_REQUESTS.labels(route, method, status).inc()
    metrics.HTTP_SECONDS.labels(route).observe(seconds)
    caller = exchange.caller
    log.info(
        "request",
        method=method,
        route=route,
        status=status,
        code=response.error_code if isinstance(response, ApiResponse | Download) else None,
        ms=round(seconds * 1000, 2),
        team=caller.team_id if caller else None,
        key=caller.api_key_id if caller else None,
        **({"operator": exchange.operator} if exchange.operator else {}),
    )
