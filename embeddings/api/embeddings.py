"""``POST /v1/embeddings`` and its estimate."""

import time
from typing import Any, ClassVar

from django.db import connection
from django.http import HttpResponse

from aurous.http.exchange import ApiRequest, ApiResponse, json_response
from aurous.http.fingerprint import fingerprint
from aurous.http.idempotency_header import parse_key
from aurous.http.openapi import Operation
from aurous.http.rendering import MEDIA_TYPE, credits_json
from aurous.http.throttles import take_tokens
from aurous.http.views import ApiView
from aurous.kernel.clock import database_now
from billing.idempotency import Claim
from billing.prices import schedule
from billing.pricing import Cost, cost
from embeddings.api import schemas
from embeddings.embedding import Asked, Embedded, embed
from embeddings.quoting import Prepared, prepare
from embeddings.request import EMBEDDING_FIELDS, ESTIMATE_FIELDS, parse_body

_INPUT_ERRORS = (
    "model_not_allowed",
    "model_not_found",
    "embeddings_input_too_many_items",
    "embeddings_input_too_large",
    "embeddings_unsupported_dimensions",
    "embeddings_modality_unsupported",
    "media_url_not_allowed",
    "media_too_large",
    "media_unsupported",
    "provider_overloaded",
    "tpm_rate_limit_exceeded",
)
_TIMED = ("queue", "compute", "settle")


class EmbeddingsView(ApiView):
    """One request, one charge; a vector for its document, or one for each of its texts."""

    route_class = "embeddings"
    scopes: ClassVar = {"POST": "write"}
    errors = (
        *_INPUT_ERRORS,
        "balance_too_low",
        "key_limit_reached",
        "concurrency_limit_exceeded",
        "media_fetch_failed",
        "provider_timeout",
        "revoked_api_key",
        "internal_error",
    )
    operations: ClassVar = {
        "POST": Operation(
            "Turn content into vectors",
            {200: schemas.EMBEDDING_RESPONSE},
            request=schemas.EMBEDDING_REQUEST,
            idempotent=True,
            tag="Embeddings",
        )
    }

    def post(self, request: ApiRequest) -> HttpResponse:
        """Check, count, hold, embed, settle, answer."""
        key = parse_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
        wanted = parse_body(self.body(request), EMBEDDING_FIELDS)
        prepared = prepare(wanted, request.auth)
        _leave_database()
        request.limit_headers.update(take_tokens(request.auth, prepared.tokens.total))
        asked = Asked(
            caller=request.auth,
            request_id=request.request_id,
            api_version=request.api_version,
            user=wanted.user,
            prepared=prepared,
            encoding=wanted.encoding_format,
            claim=self._claim(request, key),
        )
        began = time.perf_counter()
        done = embed(asked)
        return _answer(done, request.auth_ms, (time.perf_counter() - began) * 1_000)

    def _claim(self, request: ApiRequest, key: str | None) -> Claim | None:
        if key is None:
            return None
        method, path, version = "POST", request.path, request.api_version
        print_ = fingerprint(method, path, version, self.sent_body(request))
        return Claim(key, print_, method, path, version)


def _answer(done: Embedded, auth_ms: float, total_ms: float) -> HttpResponse:
    """The hold is what is left of the wait: admission, publishing and the way back."""
    timings = dict(done.timings_ms)
    hold_ms = max(0.0, total_ms - sum(timings.values()))
    measured = {"auth": auth_ms, "hold": hold_ms} | {n: timings.get(n, 0.0) for n in _TIMED}
    response = ApiResponse(done.body, content_type=MEDIA_TYPE)
    response["Server-Timing"] = ", ".join(f"{n};dur={ms:.2f}" for n, ms in measured.items())
    if done.replayed:
        response["Aurous-Idempotent-Replayed"] = "true"
    return response


def _leave_database() -> None:
    """Catalog and prices may have been read: a request that waits must not keep a connection."""
    if not connection.in_atomic_block:
        connection.close()


class EstimateView(ApiView):
    """What a request would cost, before it is sent."""

    route_class = "embeddings"
    scopes: ClassVar = {"POST": "write"}
    errors = _INPUT_ERRORS
    operations: ClassVar = {
        "POST": Operation(
            "Say what a request would cost",
            {200: schemas.ESTIMATE_RESPONSE},
            request=schemas.ESTIMATE_REQUEST,
            idempotent=True,
            tag="Embeddings",
        )
    }

    def post(self, request: ApiRequest) -> HttpResponse:
        """The same checks; no hold, no charge. An Idempotency-Key is checked and ignored."""
        parse_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
        prepared = prepare(parse_body(self.body(request), ESTIMATE_FIELDS), request.auth)
        return json_response(_estimate(prepared, request.auth.team_id))


def _estimate(prepared: Prepared, team_id: str) -> dict[str, Any]:
    slug, tokens = prepared.entry.slug, prepared.tokens
    price = schedule(slug, team_id).at(database_now(connection))
    priced = cost(tokens, price)
    return {
        "estimated": True,
        "tokens": {
            "text": tokens.text,
            "image": tokens.visual,
            "video": tokens.video,
            "total": tokens.total,
        },
        "credits_estimated": credits_json(priced.total),
        "breakdown": {"input": credits_by_modality(priced), "model": slug},
    }


def credits_by_modality(priced: Cost) -> dict[str, Any]:
    """Credits of each modality, exact."""
    return {
        "text": credits_json(priced.text),
        "visual": credits_json(priced.visual),
        "video": credits_json(priced.video),
    }
