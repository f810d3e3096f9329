"""Lists of the pages, a page at a time: the API's cursors, read without the API's severity."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from aurous.http.pagination import keyset
from aurous.kernel.errors import AurousError

ROWS = 50

_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[_Row]):
    """Rows and the cursor to those behind them. ``first``: nothing before them was left out.
    For ``parts/pager.html``.
    """

    rows: list[_Row]
    next_cursor: str | None
    first: bool


def page_of(
    request: HttpRequest,
    team_id: str,
    queryset: QuerySet[_Row, Any],
    *,
    scope: str,
    order: Sequence[str] = ("created_at", "id"),
    rows_max: int = ROWS,
    rising: bool = False,
) -> Page[_Row]:
    """The page that ``?cursor=`` names; the first one where the cursor is damaged, or of another
    list, team or filter. Newest first, or oldest first where ``rising``.
    """
    filters = sorted((name, values) for name, values in request.GET.lists() if name != "cursor")
    binding = sha256(repr((team_id, scope, filters)).encode()).hexdigest()[:16]

    def read(cursor: str | None) -> Page[_Row]:
        rows, _, following = keyset(
            queryset, binding=binding, limit=rows_max, cursor=cursor, order=order, rising=rising
        )
        return Page(rows, following, first=cursor is None)

    try:
        return read(request.GET.get("cursor"))
    except AurousError:
        return read(None)
