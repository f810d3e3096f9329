"""``GET /v1/ledger/entries``: the team's statement."""

from typing import Any, ClassVar

from django.http import HttpResponse

from aurous.http.exchange import ApiRequest, json_response
from aurous.http.openapi import Operation
from aurous.http.pagination import list_body, page
from aurous.http.rendering import credits_json
from aurous.http.views import ApiView
from billing.access import transfers_of
from billing.api import schemas
from billing.models import Transfer


class LedgerEntriesView(ApiView):
    """Every movement of the team's credit, newest first. Opening balance + lines = closing."""

    errors = ("invalid_page_token",)
    operations: ClassVar = {
        "GET": Operation(
            "Read the statement",
            {200: schemas.LEDGER_ENTRIES},
            query={
                "limit": {"type": "integer", "minimum": 1, "maximum": 500, "default": 50},
                "cursor": {"type": "string"},
            },
            tag="Money",
        )
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """A page of lines."""
        rows, has_more, cursor = page(
            transfers_of(request.auth.team_id),
            request=request,
            scope="ledger.entries",
            order=("sequence",),
        )
        return json_response(list_body([_as_json(row) for row in rows], has_more, cursor))


def _as_json(row: Transfer) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "amount": credits_json(row.signed_nano),
        "balance_after": credits_json(row.balance_after),
        "sequence": row.sequence,
        "request_id": row.request_id,
        "reference": row.reference,
        "created_at": row.recorded_at,
    }
