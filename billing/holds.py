"""Holds: credit is promised to a request before any work is done for it.

``take`` does, for all requests that wait, the concurrency limit, the idempotency claim, the
key's limits, the hold and the request's row: one durable transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection

from aurous.kernel.errors import AurousError
from aurous.kernel.money import credits_text
from aurous.kernel.rowset import insert_rows
from billing.grants import current_books
from billing.idempotency import Claim, Claims, Replay
from billing.key_limits import KeyLimitReached, KeyLimits, KeySpend
from billing.ledger import Books, with_accounts
from billing.models import HoldStatus, hold_model
from billing.pricing import PriceSchedule, TokenPrice, Tokens, cost
from billing.standing import Standing
from billing.webhooks.outbox import NewEvent

CONCURRENCY_RETRY_AFTER_S = 1


@dataclass(frozen=True, slots=True)
class HoldRequest:
    """What one request needs to be let in. ``tokens`` is the upper bound of what it may read."""

    id: str
    request_id: str
    team_id: str
    api_key_id: str
    model: str
    api_version: str
    user: str
    tokens: Tokens
    prices: PriceSchedule
    deadline_s: float
    exempt: bool = False
    concurrency_max: int | None = None
    limits: KeyLimits = field(default_factory=KeyLimits)
    claim: Claim | None = None
    details: Mapping[str, Any] = field(default_factory=dict)  # more columns of the row


@dataclass(frozen=True, slots=True)
class Taken:
    """The request is in: what is held for it (nano-credits) and until when it may settle."""

    id: str
    held: int
    price: TokenPrice
    created_at: datetime
    deadline_at: datetime


Outcome = Taken | Replay | AurousError


def take(requests: Sequence[HoldRequest]) -> list[Outcome]:
    """Let requests in, in order: each is taken, answered from its key, or refused for itself.

    Raises ``AurousError`` (503) for all of them when the store is busy or away.
    """
    if not requests:
        return []
    try:
        return with_accounts(lambda: _take(requests))
    except IntegrityError:  # another route claimed a key after we looked: now we see it
        return with_accounts(lambda: _take(requests))


def _take(requests: Sequence[HoldRequest]) -> list[Outcome]:
    with current_books({r.team_id for r in requests}, pipelining=True) as books:
        door = _Door(books, requests)
        outcomes = [door.answer(request) for request in requests]
        door.write()
    return outcomes


class _Door:
    """One transaction's worth of letting in, over locked accounts."""

    def __init__(self, books: Books, requests: Sequence[HoldRequest]) -> None:
        self._books = books
        self._rows: list[dict[str, Any]] = []
        self._reached: dict[str | None, NewEvent] = {}  # by mark: once, however often refused
        claimed = [(r.team_id, r.claim) for r in requests if r.claim is not None]
        self._claims = Claims(claimed, books.now)
        self._spend = KeySpend((r.api_key_id for r in requests if r.limits), books.now)

    def answer(self, request: HoldRequest) -> Outcome:
        try:
            return self._let_in(request)
        except KeyLimitReached as reached:
            self._reached[reached.event.mark] = reached.event
            return reached
        except AurousError as error:
            return error

    def _let_in(self, request: HoldRequest) -> Outcome:
        account = self._books.accounts[request.team_id]
        _check_concurrency(account, request)
        if request.claim is not None:
            replay = self._claims.replay(request.team_id, request.claim)
            if replay is not None:
                return replay
        price = request.prices.at(self._books.now)
        amount = 0 if request.exempt else cost(request.tokens, price).total
        if not request.exempt:
            self._check_funds(account, request, amount)
        return self._hold(account, request, price, amount)

    def _check_funds(self, account: Standing, request: HoldRequest, amount: int) -> None:
        if amount > account.available:
            account.refused_needing = max(account.refused_needing, amount)
            raise AurousError(
                "balance_too_low",
                f"This request needs {credits_text(amount)} credits and "
                f"{credits_text(max(0, account.available))} are available. Add credit and send "
                "it again.",
            )
        if request.limits:
            self._spend.check(request.team_id, request.api_key_id, request.limits, amount)

    def _hold(
        self, account: Standing, request: HoldRequest, price: TokenPrice, amount: int
    ) -> Taken:
        account.held += amount
        account.open_count += 1
        self._spend.add(request.team_id, request.api_key_id, amount)
        if request.claim is not None:
            self._claims.add(request.team_id, request.claim, request.id)
        deadline_at = self._books.now + timedelta(seconds=request.deadline_s)
        self._rows.append(_row(request, price, amount, self._books.now, deadline_at))
        return Taken(request.id, amount, price, self._books.now, deadline_at)

    def write(self) -> None:
        insert_rows(connection, hold_model(), self._rows)
        self._claims.write()
        self._spend.write()
        for event in self._reached.values():
            self._books.tell(event)


def _check_concurrency(account: Standing, request: HoldRequest) -> None:
    limit = request.concurrency_max
    if limit and account.open_count >= limit:
        raise AurousError(
            "concurrency_limit_exceeded",
            f"This team already has {account.open_count} requests running; its limit is {limit}.",
            retry_after_s=CONCURRENCY_RETRY_AFTER_S,
        )


def _row(
    request: HoldRequest,
    price: TokenPrice,
    amount: int,
    now: datetime,
    deadline_at: datetime,
) -> dict[str, Any]:
    return {
        "id": request.id,
        "request_id": request.request_id,
        "team_id": request.team_id,
        "api_key_id": request.api_key_id,
        "status": HoldStatus.QUEUED.value,
        "exempt": request.exempt,
        "held": amount,
        "charged": 0,
        "price_text": price.text,
        "price_visual": price.visual or 0,
        "price_video": price.video or 0,
        "tokens_text": 0,
        "tokens_visual": 0,
        "tokens_video": 0,
        "created_at": now,
        "deadline_at": deadline_at,
        "error_code": "",
        "model": request.model,
        "api_version": request.api_version,
        "user": request.user,
        **request.details,
    }
