"""``GET /v1/usage/events``, and the same as a file: one row a request that was held."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.db import connection
from django.http import HttpResponse

from aurous.http.download import Download, download
from aurous.http.exchange import ApiRequest, json_response
from aurous.http.openapi import LIST_QUERY, Operation
from aurous.http.pagination import list_body, page, read_cursor
from aurous.http.query import one_of, query_of
from aurous.http.rendering import credits_json
from aurous.http.views import ApiView
from aurous.kernel.clock import database_now
from aurous.kernel.records import FORMATS
from billing.api.period import PERIOD_QUERY, period_of
from billing.api.usage_filters import FILTERS, filters_of, filters_schema
from billing.models import HoldStatus
from embeddings.api import schemas
from embeddings.api.embeddings import credits_by_modality
from embeddings.charges import charged_of
from embeddings.models import Inference
from embeddings.timing import duration_ms
from embeddings.usage_events import events_of
from embeddings.usage_export import COLUMNS, usage_chunks
from embeddings.usage_search import search

STATUSES = tuple(HoldStatus.values)
_SCOPE = "usage.events"
_SECOND = timedelta(seconds=1)
_NAMES = frozenset({"limit", "cursor", *PERIOD_QUERY, *FILTERS})


class UsageEventsView(ApiView):
    """What became of each request, newest first."""

    errors = ("invalid_page_token",)
    operations: ClassVar = {
        "GET": Operation(
            "List requests",
            {200: schemas.USAGE_EVENTS},
            query={**LIST_QUERY, **PERIOD_QUERY, **filters_schema(STATUSES)},
            tag="Usage",
        )
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """A page of the team's requests."""
        query = query_of(request, _NAMES)
        since, before = period_of(query)
        filters = filters_of(request, statuses=STATUSES)
        team_id = request.auth.team_id
        # Later than every row that can be on the page.
        end = _last_told(request, query) or before or database_now(connection) + _SECOND
        rows, has_more, cursor = page(
            events_of(team_id, filters, since, before),
            request=request,
            scope=_SCOPE,
            filters=_NAMES,
            search=lambda rows, most: search(
                rows, team_id, filters, since=since, before=end, most=most
            ),
        )
        return json_response(list_body([_as_json(row) for row in rows], has_more, cursor))


def _last_told(request: ApiRequest, query: Mapping[str, str]) -> Any:
    """Just after the moment of the last row of the page before."""
    if "cursor" not in query:
        return None
    return read_cursor(request, _SCOPE, query["cursor"], 2)[0] + timedelta(microseconds=1)


class UsageExportView(ApiView):
    """All of them as CSV or JSON Lines, oldest first."""

    operations: ClassVar = {
        "GET": Operation(
            "Export requests",
            {200: {"type": "string"}},
            id="get_usage_events_export",
            query={
                "format": {"enum": list(FORMATS), "default": "csv"},
                **PERIOD_QUERY,
                **filters_schema(STATUSES),
            },
            media_types=("text/csv", "application/jsonl"),
            description=(
                "The last record is `end`, with the number of rows and what they add up to. "
                "A file without it is not whole."
            ),
            tag="Usage",
        )
    }

    def get(self, request: ApiRequest) -> Download:
        """The file."""
        query = query_of(request, {"format", *PERIOD_QUERY, *FILTERS})
        form = one_of(query.get("format", "csv"), "format", FORMATS)
        since, before = period_of(query)
        filters = filters_of(request, statuses=STATUSES)
        team_id = request.auth.team_id
        chunks = usage_chunks(team_id, filters, since, before)
        return download(form, COLUMNS, chunks, filename=f"usage-{team_id}")


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
        "credits": credits_by_modality(charged_of(row)),
        "credits_charged": credits_json(row.charged),
        "api_key_id": row.api_key_id,
        "user": row.user or None,
        "api_version": row.api_version,
        "error_code": row.error_code or None,
    }
