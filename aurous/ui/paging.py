"""Lists of the pages, a page at a time: the API's cursors, read without the API's severity."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict

from aurous.http.exchange import ApiRequest
from aurous.http.pagination import page
from aurous.kernel.errors import AurousError

ROWS = 50
_Row = TypeVar("_Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[_Row]):
    """Rows, newest first. ``first``: nothing newer was left out. For ``parts/pager.html``."""

    rows: list[_Row]
    next_cursor: str | None
    first: bool


@dataclass(frozen=True, slots=True)
class _Team:
    team_id: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """What ``aurous.http.pagination`` reads of a request."""

    query_params: QueryDict
    auth: _Team


def page_of(
    request: HttpRequest,
    team_id: str,
    queryset: QuerySet[_Row, Any],
    *,
    scope: str,
    order: Sequence[str] = ("created_at", "id"),
    rows_max: int = ROWS,
) -> Page[_Row]:
    """The page that ``?cursor=`` names; the first one where the cursor is damaged or of another
    list. ``order`` and ``scope`` as in ``aurous.http.pagination.page``.
    """
    query = request.GET.copy()
    query["limit"] = str(rows_max)
    if "cursor" in query:
        try:
            return _read(query, team_id, queryset, scope, order)
        except AurousError:
            del query["cursor"]
    return _read(query, team_id, queryset, scope, order)


def _read(
    query: QueryDict, team_id: str, queryset: QuerySet[_Row, Any], scope: str, order: Sequence[str]
) -> Page[_Row]:
    asked = cast(ApiRequest, _Asked(_without_nul(query), _Team(team_id)))
    rows, _, cursor = page(
        queryset, request=asked, scope=f"page:{scope}", order=order, filters=set(query)
    )
    return Page(rows, cursor, "cursor" not in query)


def _without_nul(query: QueryDict) -> QueryDict:
    """Each name once, as a cursor is bound to it; the API refuses what a page can overlook."""
    plain = QueryDict(mutable=True)
    for name, values in query.lists():
        plain[name] = "\n".join(values).replace("\x00", "")
    return plain
