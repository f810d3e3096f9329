"""Lists, newest first, a page at a time: the cursor names the last row of the page before."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from django.core import signing
from django.db.models import Model, Q, QuerySet

from aurous.http.exchange import ApiRequest
from aurous.http.query import query_of, whole_number
from aurous.kernel.errors import AurousError

LIMIT_DEFAULT = 50
LIMIT_MAX = 500
_SIGNER = signing.Signer(salt="aurous.http.pagination")
_PAGING = frozenset({"limit", "cursor"})
_Row = TypeVar("_Row", bound=Model)
# Out of the rows that are left and how many a page takes at most: conditions, newest rows first.
Search = Callable[[QuerySet[Any, Any], int], Iterable[Q]]


def page(
    queryset: QuerySet[_Row, Any],
    *,
    request: ApiRequest,
    scope: str,
    order: Sequence[str] = ("created_at", "id"),
    filters: Collection[str] = (),
    search: Search = lambda *_: (Q(),),
) -> tuple[list[Any], bool, str | None]:
    """One page of ``queryset``: its rows, whether there are more, and the cursor to them.

    ``order``: columns, all falling, that together are unique and never null. ``scope`` names the
    list; ``filters`` are the query parameters that it takes beside ``limit`` and ``cursor``. A
    cursor is signed, and good only for the same team, list and filters.

    ``search``: for lists that know where their rows are, conditions that no row meets two of,
    newest first; they are asked one after the other until the page is full.

    Raises ``unknown_field``, ``invalid_format``, ``value_out_of_range``, ``invalid_page_token``.
    """
    query = query_of(request, {*_PAGING, *filters})
    return keyset(
        queryset,
        binding=_binding(request, scope),
        limit=limit_of(query),
        cursor=query.get("cursor"),
        order=order,
        search=search,
    )


def keyset(
    queryset: QuerySet[_Row, Any],
    *,
    binding: str,
    limit: int,
    cursor: str | None,
    order: Sequence[str] = ("created_at", "id"),
    search: Search = lambda *_: (Q(),),
    rising: bool = False,
) -> tuple[list[Any], bool, str | None]:
    """``page`` for any door: ``binding`` says what a cursor is good for. ``rising``: oldest first.

    Raises ``invalid_page_token``.
    """
    if cursor is not None:
        queryset = queryset.filter(_after(order, _read(cursor, binding, len(order)), rising))
    rows: list[Any] = []
    for piece in search(queryset, limit + 1):
        rest = queryset.filter(piece).order_by(*(name if rising else f"-{name}" for name in order))
        rows += rest[: limit + 1 - len(rows)]
        if len(rows) > limit:
            break
    if len(rows) <= limit:
        return rows, False, None
    rows = rows[:limit]
    return rows, True, _write([_value(rows[-1], name) for name in order], binding)


def limit_of(query: Mapping[str, str]) -> int:
    """How many rows a page shall have. Raises ``invalid_format``, ``value_out_of_range``."""
    text = query.get("limit", str(LIMIT_DEFAULT))
    return whole_number(text, "limit", at_least=1, at_most=LIMIT_MAX)


def read_cursor(request: ApiRequest, scope: str, cursor: str, count: int) -> list[Any]:
    """The values in a cursor of this list, for lists that are no rows of a table.

    Raises ``invalid_page_token``.
    """
    return _read(cursor, _binding(request, scope), count)


def write_cursor(request: ApiRequest, scope: str, values: list[Any]) -> str:
    """A cursor with these values: moments, and what JSON has."""
    return _write(values, _binding(request, scope))


def list_body(data: list[Any], has_more: bool, next_cursor: str | None) -> dict[str, Any]:
    """The envelope of every list."""
    return {"object": "list", "data": data, "has_more": has_more, "next_cursor": next_cursor}


def _binding(request: ApiRequest, scope: str) -> str:
    """What a cursor is good for, as a short digest."""
    filters = sorted(
        (name, values) for name, values in request.query_params.lists() if name not in _PAGING
    )
    return sha256(repr((request.auth.team_id, scope, filters)).encode()).hexdigest()[:16]


def _after(order: Sequence[str], values: Sequence[Any], rising: bool) -> Q:
    """Rows behind ``values``. The first condition alone is what an index can use."""
    (name, *names), (value, *rest) = order, values
    behind = "gt" if rising else "lt"
    found = Q(**{f"{name}__{behind}": value})
    if names:
        found |= Q(**{name: value}) & _after(names, rest, rising)
    return Q(**{f"{name}__{behind}e": value}) & found


def _value(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _write(values: list[Any], binding: str) -> str:
    plain = [
        {"at": value.isoformat()} if isinstance(value, datetime) else value for value in values
    ]
    return _SIGNER.sign_object([binding, *plain])


def _read(cursor: str, binding: str, count: int) -> list[Any]:
    try:
        bound_to, *plain = _SIGNER.unsign_object(cursor)
        values = [
            datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value
            for value in plain
        ]
    except (signing.BadSignature, ValueError) as error:
        raise _invalid("The cursor is damaged; take next_cursor as it was given.") from error
    if bound_to != binding or len(values) != count:
        raise _invalid("The cursor is of another list or other filters; start without it.")
    return values


def _invalid(message: str) -> AurousError:
    return AurousError("invalid_page_token", message, param="cursor")
