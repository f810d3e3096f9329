"""Lists on pages, a page at a time; ``?cursor=`` leads to the next."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from accounts.pages.door import TeamRequest
from aurous.http.pagination import keyset
from aurous.kernel.errors import AurousError

ROWS_MAX = 50
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True)
class PageOfRows:
    """Rows, the cursor to those behind them, and whether the first page is shown."""

    rows: list[Any]
    next_cursor: str | None
    first: bool


def page_of_rows(
    request: TeamRequest, queryset: QuerySet[_Row, Any], scope: str, *, rising: bool = False
) -> PageOfRows:
    """The page that the URL asks for; the first where its cursor is of another list or filter."""
    filters = sorted((name, v) for name, v in request.GET.lists() if name != "cursor")
    named = repr((request.team.id, scope, filters))
    binding = sha256(named.encode()).hexdigest()[:16]
    cursor = request.GET.get("cursor")
    try:
        rows, _, following = keyset(
            queryset, binding=binding, limit=ROWS_MAX, cursor=cursor, rising=rising
        )
    except AurousError:
        cursor = None
        rows, _, following = keyset(
            queryset, binding=binding, limit=ROWS_MAX, cursor=None, rising=rising
        )
    return PageOfRows(rows, following, first=cursor is None)
