"""The end of a hold: settled, released or failed. Once, and for good.

``close`` ends any number of requests in one durable transaction: the charge, its transfer, what
is left of the grants, the usage bucket, the key's day and the stored answer, or none of it.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from aurous.kernel.clock import as_sql, as_utc
from aurous.kernel.locks import with_retries
from aurous.kernel.rowset import payload, source
from billing import grants, idempotency, key_limits, usage
from billing.grants import current_books
from billing.ledger import Books
from billing.models import Account, HoldStatus, Transfer, hold_model
from billing.pricing import Cost, TokenPrice, Tokens, cost


@dataclass(frozen=True, slots=True)
class End:
    """How one request shall end. ``reply`` makes the answer to keep for its idempotency key out of
    what was charged; None where it came without a key.
    """

    id: str
    team_id: str
    status: HoldStatus
    tokens: Tokens = field(default_factory=Tokens)
    error_code: str = ""
    reply: Callable[[Cost], bytes] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)  # more columns; same for all


@dataclass(frozen=True, slots=True)
class Closed:
    """The request ended as asked: what was charged, by modality."""

    id: str
    status: HoldStatus
    charged: Cost


@dataclass(frozen=True, slots=True)
class Lost:
    """It had ended before, or it could not be settled any more: nothing was done."""

    id: str


def close(ends: Sequence[End]) -> list[Closed | Lost]:
    """End requests; the answer to each in order. Raises ``AurousError`` when the store is away.

    Calling it again with the same ends changes nothing. To settle what is settled is answered
    as the first time, so that a commit whose answer was lost can be asked again.
    """
    return with_retries(lambda: _close(ends)) if ends else []


def _close(ends: Sequence[End]) -> list[Closed | Lost]:
    with current_books({end.team_id for end in ends}, pipelining=True) as books:
        ended = _end_rows(ends, books.now)
        _move_credit(books, ended)
        _count(ended, books.now)
        _keep_answers(ends, ended, books.now)
        results = {row.id: Closed(row.id, row.status, row.charged) for row in ended}
        missing = {end.id: end.status for end in ends if end.id not in results}
        results |= _ended_before(missing)
    return [results.get(end.id) or Lost(end.id) for end in ends]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row that this transaction has just ended."""

    id: str
    request_id: str
    team_id: str
    api_key_id: str
    status: HoldStatus
    exempt: bool
    held: int
    model: str
    api_version: str
    user: str
    created_at: datetime
    tokens: Tokens
    charged: Cost


_RETURNED = (
    "id",
    "request_id",
    "team_id",
    "api_key_id",
    "status",
    "exempt",
    "held",
    "model",
    "api_version",
    '"user"',
    "created_at",
    "tokens_text",
    "tokens_visual",
    "tokens_video",
    "price_text",
    "price_visual",
    "price_video",
)
_MODALITIES = ("text", "visual", "video")
_COLUMNS = {
    "id": "text",
    "status": "text",
    "error_code": "text",
    "tokens_text": "bigint",
    "tokens_visual": "bigint",
    "tokens_video": "bigint",
}


def _end_rows(ends: Sequence[End], now: datetime) -> list[_Row]:
    """The compare-and-swap: an open row ends as asked; settling needs it running and in time."""
    h = hold_model()._meta.db_table
    details = dict.fromkeys(ends[0].details, "bigint")
    sets = ", ".join(f"{name} = r.{name}" for name in [*list(_COLUMNS)[1:], *details])
    price = " + ".join(f"r.tokens_{m} * {h}.price_{m}" for m in _MODALITIES)
    sql = (
        f"UPDATE {h} SET ended_at = %s, {sets}, charged = CASE "
        f"WHEN r.status = 'settled' AND NOT {h}.exempt THEN {price} ELSE 0 END "
        f"FROM {source(connection.vendor, _COLUMNS | details)} WHERE {h}.id = r.id AND ("
        f"(r.status = 'settled' AND {h}.status = 'running' AND {h}.deadline_at > %s "
        f"AND ({h}.exempt OR {price} <= {h}.held)) "
        f"OR (r.status <> 'settled' AND {h}.status IN ('queued', 'running'))) "
        f"RETURNING {', '.join(f'{h}.{name}' for name in _RETURNED)}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [as_sql(now), payload(map(_wanted, ends)), as_sql(now)])
        rows = [_row(row) for row in cursor.fetchall()]
    order = {end.id: index for index, end in enumerate(ends)}
    return sorted(rows, key=lambda row: order[row.id])


def _wanted(end: End) -> dict[str, Any]:
    return {
        "id": end.id,
        "status": end.status.value,
        "error_code": end.error_code,
        "tokens_text": end.tokens.text,
        "tokens_visual": end.tokens.visual,
        "tokens_video": end.tokens.video,
        **end.details,
    }


def _row(row: tuple[Any, ...]) -> _Row:
    named = dict(zip((name.strip('"') for name in _RETURNED), row, strict=True))
    named["status"], named["exempt"] = HoldStatus(named["status"]), bool(named["exempt"])
    tokens = Tokens(*(named.pop(f"tokens_{m}") for m in _MODALITIES))
    price = TokenPrice(*(named.pop(f"price_{m}") for m in _MODALITIES))
    paid = named["status"] is HoldStatus.SETTLED and not named["exempt"]
    charged = cost(tokens, price) if paid else Cost()
    created_at = as_utc(named.pop("created_at"))
    return _Row(**named, created_at=created_at, tokens=tokens, charged=charged)


def _move_credit(books: Books, rows: Sequence[_Row]) -> None:
    """Give every hold back, and post and spend what was charged."""
    charged: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        account = books.accounts[row.team_id]
        account.held -= row.held
        account.open_count -= 1
        if row.charged.total:
            charged[row.team_id].append(row)
            _post_usage(books, row)
    if charged:
        _spend_grants(books, charged)


def _post_usage(books: Books, row: _Row) -> None:
    books.post(
        Transfer.Kind.USAGE,
        row.team_id,
        -row.charged.total,
        other=Account.System.REVENUE,
        reference=f"inference:{row.id}",
        occurred_at=row.created_at,
        request_id=row.request_id,
    )


def _spend_grants(books: Books, charged: Mapping[str, Sequence[_Row]]) -> None:
    left = grants.live(charged)
    changed: dict[str, grants.Left] = {}
    for team_id, rows in charged.items():
        by_id = {grant.id: grant for grant in left[team_id]}
        for row in rows:
            taken = grants.spend(
                by_id.values(),
                row.charged.total,
                held_at=row.created_at,
                recorded_at=books.now,
            )
            changed |= {grant_id: by_id[grant_id] for grant_id in taken}
        books.accounts[team_id].next_expiry_at = grants.next_expiry(by_id.values())
    grants.write_remaining(changed.values())


def _count(rows: Sequence[_Row], now: datetime) -> None:
    usage.count(
        usage.Ended(
            row.team_id,
            row.api_key_id,
            row.model,
            row.api_version,
            row.status.value,
            row.user,
            row.created_at,
            now,
            row.tokens,
            row.charged,
        )
        for row in rows
    )
    key_limits.move(
        (
            row.team_id,
            row.api_key_id,
            key_limits.day_of(row.created_at),
            row.charged.total - row.held,
        )
        for row in rows
    )


def _keep_answers(ends: Sequence[End], rows: Sequence[_Row], now: datetime) -> None:
    by_id = {row.id: row for row in rows if row.status is HoldStatus.SETTLED}
    settled = {
        end.id: end.reply(by_id[end.id].charged)
        for end in ends
        if end.reply is not None and end.id in by_id
    }
    idempotency.answer(settled, now)
    released = [row.id for row in rows if row.status is not HoldStatus.SETTLED]
    if released:
        idempotency.forget(released)


def _ended_before(wanted: Mapping[str, HoldStatus]) -> dict[str, Closed]:
    """Rows that already stand as asked: the commit of an earlier try, whose answer was lost."""
    if not wanted:
        return {}
    found: dict[str, Closed] = {}
    for row in hold_model()._default_manager.filter(id__in=list(wanted)):
        if row.status == wanted[row.id] == HoldStatus.SETTLED:
            tokens = Tokens(row.tokens_text, row.tokens_visual, row.tokens_video)
            price = TokenPrice(row.price_text, row.price_visual, row.price_video)
            charged = Cost() if row.exempt else cost(tokens, price)
            found[row.id] = Closed(row.id, HoldStatus.SETTLED, charged)
    return found
