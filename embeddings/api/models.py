"""``GET /v1/models``."""

from typing import Any, ClassVar

import orjson
from django.conf import settings
from django.db import connection
from django.http import HttpResponse

from aurous.http.exchange import ApiRequest, json_response
from aurous.http.openapi import Operation
from aurous.http.query import query_of
from aurous.http.views import ApiView
from aurous.kernel.clock import database_now
from aurous.kernel.money import credits_per_million
from billing.prices import schedule
from embeddings.api import schemas
from embeddings.catalog import Entry, listed, served


class ModelsView(ApiView):
    """The models that this installation serves, with this team's rates."""

    errors = ("unknown_field",)
    operations: ClassVar = {
        "GET": Operation("List models", {200: schemas.MODEL_LIST}, tag="Models")
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """All of them: there are few."""
        query_of(request, ())
        data = [_as_json(entry, request.auth.team_id) for entry in served()]
        return json_response({"object": "list", "data": data})


class ModelView(ApiView):
    """One model."""

    errors = ("model_not_found", "unknown_field")
    operations: ClassVar = {"GET": Operation("Read a model", {200: schemas.MODEL}, tag="Models")}

    def get(self, request: ApiRequest, slug: str) -> HttpResponse:
        """The model, or 404 ``model_not_found``."""
        query_of(request, ())
        return json_response(_as_json(listed(slug), request.auth.team_id))


def _as_json(entry: Entry, team_id: str) -> dict[str, Any]:
    price = schedule(entry.slug, team_id).at(database_now(connection))
    return {
        "id": entry.slug,
        "object": "model",
        "created": entry.created_s,
        "owned_by": entry.owned_by,
        "kind": "embedding",
        "embedding_pricing": {
            "text": _rate(price.text),
            "visual": _rate(price.visual),
            "video": _rate(price.video),
        },
        "aurous_metadata": {
            "context_window": entry.context_window,
            "dimensions": None if entry.dimensions is None else list(entry.dimensions),
            "default_dimensions": entry.default_dimensions,
            "max_input_items": settings.INPUT_PARTS_MAX,
            "max_batch_items": settings.INPUT_BATCH_ITEMS_MAX,
            "modalities": sorted(entry.modalities),
            "fingerprint": entry.fingerprint,
        },
    }


def _rate(nano: int | None) -> dict[str, Any]:
    """Null for a modality that the model does not take: 0 would say that it is free."""
    if nano is None:
        return {"credits_per_M": None}
    return {"credits_per_M": orjson.Fragment(credits_per_million(nano))}
