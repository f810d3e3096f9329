"""Callers and views for the tests of the HTTP layer, with no database behind them."""

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from aurous.http import throttles
from aurous.http.caller import Caller
from aurous.http.idempotency_header import parse_key
from aurous.http.rendering import credits_json
from aurous.http.versions.registry import OLDEST
from aurous.http.views import ApiRequest, ApiView, Operation, json_response
from aurous.kernel.errors import AurousError

ADA = Caller(
    team_id="team_ada",
    team_name="Acme",
    api_key_id="key_ada",
    scope="full",
    models=None,
    version_pin=OLDEST,
    billing_mode="metered",
)
CALLERS = {
    "al_live_full": ADA,
    "al_live_read": replace(ADA, api_key_id="key_read", scope="read"),
    "al_live_free": replace(ADA, team_id="team_free", team_rpm=0, team_tpm=0),
    "al_live_indoors": replace(ADA, api_key_id="key_in", networks=(ip_network("10.0.0.0/8"),)),
}


class FakeAuthentication(BaseAuthentication):
    """Knows the callers above by their key."""

    def authenticate(self, request: Request) -> tuple[None, Caller] | None:
        scheme, _, key = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme != "Bearer":
            return None
        if key not in CALLERS:
            raise AurousError("invalid_api_key", "There is no such key.")
        return None, CALLERS[key]


class FakeView(ApiView):
    authentication_classes = (FakeAuthentication,)


class Echo(FakeView):
    """Answers with what the gates made of the request."""

    scopes = {"GET": "read", "POST": "write", "PATCH": "full"}
    route_class = "manage"
    errors = ("balance_too_low",)
    operations = {
        "GET": Operation("See yourself", responses={200: {"type": "object"}}),
        "POST": Operation(
            "Say something",
            request={"type": "object"},
            responses={200: {"type": "object"}},
            idempotent=True,
            errors=("concurrency_limit_exceeded",),
        ),
    }

    def get(self, request: ApiRequest) -> Response:
        return Response({"team": request.auth.team_id, "version": request.api_version})

    def post(self, request: ApiRequest) -> Any:
        parse_key(request.headers.get("Idempotency-Key"))
        return json_response({"body": self.body(request), "credits": credits_json(191_250_000)})

    patch = post


class Tokens(FakeView):
    """Takes as many tokens as the body says."""

    scopes = {"POST": "write"}
    route_class = "embeddings"

    def post(self, request: ApiRequest) -> Any:
        tokens = self.body(request).get("tokens")
        if tokens is None:
            raise AurousError("missing_field", "tokens is missing.", param="tokens")
        request.limit_headers.update(throttles.take_tokens(request.auth, tokens))
        return json_response({"tokens": tokens}, status=201)


class Thing(FakeView):
    scopes = {"GET": "read", "DELETE": "full", "POST": "full"}
    body_optional = True
    operations = {"GET": Operation("One thing", responses={200: {"type": "object"}})}

    def get(self, request: ApiRequest, thing_id: str) -> Any:
        return json_response({"id": thing_id})

    def delete(self, request: ApiRequest, thing_id: str) -> Any:
        return json_response({"id": thing_id, "deleted": True})

    def post(self, request: ApiRequest, thing_id: str) -> Any:
        return json_response({"body": self.body(request)})


class Raising(FakeView):
    """Raises what the test put there."""

    error: Exception = RuntimeError("nothing set")

    def get(self, request: ApiRequest) -> Any:
        raise type(self).error


class Public(ApiView):
    authentication_classes = ()
    scopes = {}

    def get(self, request: ApiRequest) -> Any:
        return json_response({"version": request.api_version})
