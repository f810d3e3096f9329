"""``GET /v1/usage/events``: one row a request that was held."""

from typing import Any, ClassVar

from django.http import HttpResponse

from aurous.http.exchange import ApiRequest, json_response
from aurous.http.openapi import Operation
from aurous.http.pagination import list_body, page
from aurous.http.rendering import credits_json
from aurous.http.views import ApiView
from billing.models import HoldStatus
from billing.pricing import Cost, TokenPrice, Tokens, cost
from embeddings.access import inferences_of
from embeddings.api import schemas
from embeddings.api.embeddings import credits_by_modality
from embeddings.models import Inference
from embeddings.timing import duration_ms


class UsageEventsView(ApiView):
    """What became of each request, newest first."""

    errors = ("invalid_page_token",)
    operations: ClassVar = {
        "GET": Operation(
            "List requests",
            {200: schemas.USAGE_EVENTS},
            query={
                "limit": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
                "cursor": {"type": "string"},
            },
            tag="Usage",
        )
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """A page of the team's requests."""
        rows, has_more, cursor = page(
            inferences_of(request.auth.team_id), request=request, scope="usage.events"
        )
        return json_response(list_body([_as_json(row) for row in rows], has_more, cursor))


def _as_json(row: Inference) -> dict[str, Any]:
    return {
        "id": row.id,
        "request_id": row.request_id,
        "model": row.model,
        "status": row.status,
        "created_at": row.created_at,
        "duration_ms": duration_ms(row),
        "tokens": {
            "text": row.tokens_text,
            "visual": row.tokens_visual,
            "video": row.tokens_video,
        },
        "credits": credits_by_modality(_charged(row)),
        "credits_charged": credits_json(row.charged),
        "api_key_id": row.api_key_id,
        "user": row.user or None,
        "api_version": row.api_version,
        "error_code": row.error_code or None,
    }


def _charged(row: Inference) -> Cost:
    if row.status != HoldStatus.SETTLED or row.exempt:
        return Cost()
    price = TokenPrice(row.price_text, row.price_visual, row.price_video)
    return cost(Tokens(row.tokens_text, row.tokens_visual, row.tokens_video), price)
