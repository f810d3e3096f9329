"""``GET /v1/ledger/entries``, and the same as a file: the team's statement."""

from typing import Any, ClassVar

from django.http import HttpResponse

from aurous.http.download import Download, download
from aurous.http.exchange import ApiRequest, json_response
from aurous.http.openapi import LIST_QUERY, Operation
from aurous.http.pagination import list_body, page
from aurous.http.query import many_of, one_of, query_of
from aurous.http.rendering import credits_json
from aurous.http.views import ApiView
from aurous.kernel.records import FORMATS
from billing.api import schemas
from billing.api.period import PERIOD_QUERY, period_of
from billing.models import Transfer
from billing.statement.export import COLUMNS, statement_chunks
from billing.statement.lines import lines_of

KINDS = tuple(Transfer.Kind.values)
_NAMES = frozenset({"limit", "cursor", "kinds[]", *PERIOD_QUERY})


class LedgerEntriesView(ApiView):
    """Every movement of the team's credit, newest first. Opening balance + lines = closing."""

    errors = ("invalid_page_token",)
    operations: ClassVar = {
        "GET": Operation(
            "Read the statement",
            {200: schemas.LEDGER_ENTRIES},
            query={
                **LIST_QUERY,
                **PERIOD_QUERY,
                "kinds[]": {"type": "array", "items": {"enum": list(KINDS)}, "uniqueItems": True},
            },
            tag="Money",
        )
    }

    def get(self, request: ApiRequest) -> HttpResponse:
        """A page of lines."""
        query = query_of(request, _NAMES)
        since, before = period_of(query)
        kinds = many_of(request, "kinds[]", allowed=KINDS, characters_max=12)
        timed = since is not None or before is not None
        rows, has_more, cursor = page(
            lines_of(request.auth.team_id, kinds, since, before),
            request=request,
            scope="ledger.entries",
            filters=_NAMES,
            order=("recorded_at", "sequence") if timed else ("sequence",),
        )
        return json_response(list_body([_as_json(row) for row in rows], has_more, cursor))


class StatementView(ApiView):
    """The statement with its hash chain, oldest first, as CSV or JSON Lines."""

    operations: ClassVar = {
        "GET": Operation(
            "Export the statement",
            {200: {"type": "string"}},
            id="get_ledger_entries_export",
            query={"format": {"enum": list(FORMATS), "default": "csv"}, **PERIOD_QUERY},
            media_types=("text/csv", "application/jsonl"),
            description=(
                "The first record is `start`, with the balance before; the last is `end`, with "
                "the head of the hash chain. A file without it is not whole. "
                "`/verify_statement.py` checks every line with nothing but Python."
            ),
            tag="Money",
        )
    }

    def get(self, request: ApiRequest) -> Download:
        """The file."""
        query = query_of(request, {"format", *PERIOD_QUERY})
        form = one_of(query.get("format", "csv"), "format", FORMATS)
        since, before = period_of(query)
        team_id = request.auth.team_id
        chunks = statement_chunks(team_id, since, before)
        return download(form, COLUMNS, chunks, filename=f"statement-{team_id}")


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
