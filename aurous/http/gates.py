"""The gates that every request passes, in the order of the contract (section 4)."""

import contextlib
import time
from collections.abc import Sequence

from rest_framework.authentication import BaseAuthentication

from aurous.http import throttles
from aurous.http.caller import Caller
from aurous.http.exchange import ApiRequest, Exchange
from aurous.http.network import check_network
from aurous.http.versions import registry
from aurous.kernel.errors import AurousError

VERSION_HEADER = "HTTP_AUROUS_VERSION"
EMBEDDINGS = "embeddings"  # the route class that tokens are counted for


def authenticate(request: ApiRequest, authenticators: Sequence[BaseAuthentication]) -> Caller:
    """Who is calling; raises ``missing_api_key``, or what the authenticator raises."""
    started = time.perf_counter()
    for authenticator in authenticators:
        found = authenticator.authenticate(request)
        if found is not None:
            request.user, request.auth = found
            request.exchange.caller = request.auth
            request.exchange.auth_ms = (time.perf_counter() - started) * 1000
            return request.auth
    raise AurousError(
        "missing_api_key",
        "Send an API key, as Authorization: Bearer al_live_… or as X-Api-Key: al_live_….",
    )


def check_scope(caller: Caller, scope: str) -> None:
    """Raise ``missing_scope`` unless the key may do what needs ``scope``."""
    if not caller.allows(scope):
        raise AurousError(
            "missing_scope",
            f"This needs a key with the scope {scope}; this key has {caller.scope}.",
        )


def admit(request: ApiRequest, caller: Caller, *, scope: str, route_class: str) -> None:
    """Scope, network, version, request rate: what is asked of everybody who has a key."""
    check_scope(caller, scope)
    check_network(caller, request)
    choose_version(request, request.META.get(VERSION_HEADER), caller.version_pin)
    request.limit_headers.update(throttles.take_request(caller, route_class))


def choose_version(request: ApiRequest, asked: str | None, pin: str | None) -> None:
    """Set the version that applies; raises ``unknown_version``."""
    request.exchange.api_version = registry.resolve(asked, pin)


def complete_limit_headers(exchange: Exchange, route_class: str) -> None:
    """Also an answer from before the buckets were asked tells the caller how full they are."""
    caller, headers = exchange.caller, exchange.limit_headers
    if caller is None:
        return
    with contextlib.suppress(AurousError):  # an answer without these headers beats none
        if "X-RateLimit-Limit" not in headers:
            headers.update(throttles.look_request(caller, route_class))
        if route_class == EMBEDDINGS and "X-RateLimit-TPM-Limit" not in headers:
            headers.update(throttles.look_tokens(caller))
