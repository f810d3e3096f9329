"""``GET /v1/usage``: sums by bucket of time and group."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection
from django.http import HttpResponse

from aurous.http.exchange import ApiRequest, json_response
from aurous.http.openapi import LIST_QUERY, Operation
from aurous.http.pagination import limit_of, list_body, read_cursor, write_cursor
from aurous.http.query import many_of, one_of, query_of
from aurous.http.rendering import credits_json
from aurous.http.views import ApiView
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError
from billing.api import schemas
from billing.api.period import PERIOD_QUERY, period_of
from billing.api.usage_filters import ENDS, FILTERS, filters_of, filters_schema
from billing.usage_buckets import WIDTHS
from billing.usage_report import Position, usage_page
from billing.usage_rows import DIMENSIONS, UsageQuery, UsageRow

GROUPS_MAX = 2
WIDTH_DEFAULT = "1d"
_SCOPE = "usage"
_NAMES = frozenset({*PERIOD_QUERY, "bucket_width", "group_by[]", "limit", "cursor", *FILTERS})


class UsageView(ApiView):
    """What was used: whole buckets that touch the period, newest first."""

    errors = ("missing_field", "invalid_page_token")
    operations: ClassVar = {
        "GET": Operation(
            "Read usage",
            {200: schemas.USAGE},
            query={
                **PERIOD_QUERY,
                "bucket_width": {"enum": list(WIDTHS), "default": WIDTH_DEFAULT},
                "group_by[]": {
                    "type": "array",
                    "items": {"enum": list(DIMENSIONS)},
                    "maxItems": GROUPS_MAX,
                    "uniqueItems": True,
                },
                **filters_schema(ENDS),
                **LIST_QUERY,
            },
            query_required=("start_time",),
            description=(
                "Requests that ended, by the time of their hold. Empty buckets are told with no "
                "results. A page may have fewer buckets than `limit`; go on while `has_more`."
            ),
            tag="Usage",
        )
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """A page of buckets."""
        query = query_of(request, _NAMES)
        first, before = _period(query)
        asked = _asked(request, query)
        at = _position(request, query)
        page = usage_page(asked, first, before, limit_of(query), at)
        cursor = None
        if page.next is not None:
            group = page.next.group
            values = [page.next.start, None if group is None else list(group)]
            cursor = write_cursor(request, _SCOPE, values)
        rows = [_as_json(asked, start, groups) for start, groups in page.buckets.items()]
        return json_response(list_body(rows, cursor is not None, cursor))


def _period(query: Mapping[str, str]) -> tuple[datetime, datetime]:
    """First moment, and the one before which it ends: at the latest now."""
    if "start_time" not in query:
        raise AurousError("missing_field", "start_time is required.", param="start_time")
    first, before = period_of(query)
    assert first is not None
    now = database_now(connection)
    return first, now if before is None else min(before, now)


def _asked(request: ApiRequest, query: Mapping[str, str]) -> UsageQuery:
    name = one_of(query.get("bucket_width", WIDTH_DEFAULT), "bucket_width", WIDTHS)
    groups = many_of(request, "group_by[]", allowed=DIMENSIONS, characters_max=20)
    if len(groups) > GROUPS_MAX:
        raise AurousError(
            "value_out_of_range", f"group_by[] takes at most {GROUPS_MAX}.", param="group_by[]"
        )
    filters = filters_of(request, statuses=ENDS)
    return UsageQuery(request.auth.team_id, WIDTHS[name], groups, filters)


def _position(request: ApiRequest, query: Mapping[str, str]) -> Position | None:
    if "cursor" not in query:
        return None
    start, group = read_cursor(request, _SCOPE, query["cursor"], 2)
    return Position(start, None if group is None else tuple(group))


def _as_json(asked: UsageQuery, start: datetime, groups: list[UsageRow]) -> dict[str, Any]:
    return {
        "object": "usage.bucket",
        "start_time": start,
        "end_time": start + asked.width.length,
        "results": [_result(asked, row) for row in groups],
    }


def _result(asked: UsageQuery, row: UsageRow) -> dict[str, Any]:
    sums = row.sums
    text, visual, video = sums.tokens
    p50_ms, p95_ms = sums.percentiles_ms
    return {
        **{name: value or None for name, value in zip(asked.group_by, row.group, strict=True)},
        "requests": sums.requests,
        "tokens": {"text": text, "visual": visual, "video": video},
        "credits": credits_json(sums.charged),
        "p50_ms": p50_ms,
        "p95_ms": p95_ms,
    }
