"""Past requests, booked through the ledger's own writers: for demonstrations and measurements."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection

from accounts import api_keys
from accounts.access import api_keys_of
from accounts.actors import Actor
from accounts.models import Scope, Team
from aurous.kernel.clock import database_now
from aurous.kernel.ids import new_id
from aurous.kernel.rowset import insert_rows
from billing import grants, key_limits, usage
from billing.grants import Left, NewGrant
from billing.ledger import Books, locked_books
from billing.models import Account, Grant, HoldStatus, Transfer, hold_model
from billing.prices import schedule
from billing.pricing import Cost, Tokens, cost
from embeddings.catalog import Entry, served

HISTORY_DAYS = 90
BATCH_ROWS = 1_000
TOKENS_MAX = 250
# Of requests to a model that reads them: how many have a picture or a video, and of what sizes.
IMAGE_SHARE, IMAGE_TOKENS = 0.6, (256, 768, 1_280)
VIDEO_SHARE, VIDEO_TOKENS = 0.1, (768, 1_536, 4_500)
FAILURE_SHARE = 0.03
KEYS_MIN = 3
USERS = ("", "", "amara", "bo", "chidi", "dina", "search-indexer")
# A request that failed, and how: status and error code.
FAILURES = (
    (HoldStatus.RELEASED, "provider_timeout"),
    (HoldStatus.RELEASED, "provider_unavailable"),
    (HoldStatus.FAILED, "internal_error"),
)


@dataclass(frozen=True, slots=True)
class _Past:
    """One request of the past."""

    id: str
    request_id: str
    key_id: str
    entry: Entry
    user: str
    created_at: datetime
    ended_at: datetime
    status: HoldStatus
    error_code: str
    tokens: Tokens


def fill(team: Team, rows: int, *, seed: int, actor: Actor, report: Callable[[int], None]) -> None:
    """Book ``rows`` requests over the last 90 days, with a grant at their start that pays them."""
    maker = _Maker(team, rows, random.Random(seed), _keys(team, actor))
    _give_credit(team, rows, maker.starts_at)
    requests = maker.requests()
    done = 0
    while batch := list(islice(requests, BATCH_ROWS)):
        _book(team, batch)
        done += len(batch)
        report(done)


def _keys(team: Team, actor: Actor) -> list[str]:
    """The team's keys, and enough more that there is something to group by."""
    ids = [key.id for key in api_keys_of(team.id).filter(revoked_at__isnull=True)]
    for number in range(len(ids), KEYS_MIN):
        made = api_keys.create(
            team.id, name=f"History {number + 1}", scope=Scope.WRITE, actor=actor
        )
        ids.append(made.api_key.id)
    return ids


class _Maker:
    """Requests in the order of their time."""

    def __init__(self, team: Team, rows: int, rng: random.Random, key_ids: Sequence[str]) -> None:
        self._rows = rows
        self._rng = rng
        self._key_ids = key_ids
        self._entries = served()
        now = database_now(connection)
        self.starts_at = now - timedelta(days=HISTORY_DAYS)
        self._step = (now - self.starts_at) / (rows + 1)

    def requests(self) -> Iterator[_Past]:
        for number in range(self._rows):
            yield self._request(self.starts_at + self._step * (number + 1))

    def _request(self, created_at: datetime) -> _Past:
        rng = self._rng
        failed = rng.random() < FAILURE_SHARE
        status, code = rng.choice(FAILURES) if failed else (HoldStatus.SETTLED, "")
        entry = rng.choice(self._entries)
        took = timedelta(milliseconds=30_000 if code == "provider_timeout" else rng.randint(8, 250))
        return _Past(
            new_id("emb"),
            new_id("req"),
            rng.choice(self._key_ids),
            entry,
            rng.choice(USERS),
            created_at,
            created_at + took,
            status,
            code,
            Tokens() if failed else _tokens(entry, rng),
        )


def _tokens(entry: Entry, rng: random.Random) -> Tokens:
    image = "image" in entry.modalities and rng.random() < IMAGE_SHARE
    video = "video" in entry.modalities and rng.random() < VIDEO_SHARE
    return Tokens(
        text=rng.randint(1, TOKENS_MAX),
        visual=rng.choice(IMAGE_TOKENS) if image else 0,
        video=rng.choice(VIDEO_TOKENS) if video else 0,
    )


def _most(entry: Entry) -> Tokens:
    return Tokens(
        TOKENS_MAX,
        max(IMAGE_TOKENS) if "image" in entry.modalities else 0,
        max(VIDEO_TOKENS) if "video" in entry.modalities else 0,
    )


def _give_credit(team: Team, rows: int, at: datetime) -> None:
    dearest = max(cost(_most(e), schedule(e.slug, team.id).at(at)).total for e in served())
    with locked_books([team.id]) as books:
        books.now = at - timedelta(seconds=1)
        grants.add(
            books,
            NewGrant(
                team.id,
                max(1, rows * dearest),
                Grant.Kind.PROMOTIONAL,
                Transfer.Kind.GRANT,
                Account.System.PROMOTIONS,
                f"history:{new_id('fill')}",
                note="Credit for the history",
            ),
        )


def _book(team: Team, batch: Sequence[_Past]) -> None:
    """One transaction: rows, transfers, grants, buckets and key days, as a settlement does."""
    with locked_books([team.id]) as books:
        left = grants.live([team.id])[team.id]
        charged = {past.id: _charge(books, left, team.id, past) for past in batch}
        grants.write_remaining(left)
        books.accounts[team.id].next_expiry_at = grants.next_expiry(left)
        insert_rows(connection, hold_model(), [_row(team.id, p, charged[p.id]) for p in batch])
        usage.count(_ended(team.id, past, charged[past.id]) for past in batch)
        key_limits.move(
            (team.id, p.key_id, key_limits.day_of(p.created_at), charged[p.id].total) for p in batch
        )


def _charge(books: Books, left: list[Left], team_id: str, past: _Past) -> Cost:
    if past.status is not HoldStatus.SETTLED:
        return Cost()
    price = schedule(past.entry.slug, team_id).at(past.created_at)
    charged = cost(past.tokens, price)
    if not charged.total:
        return charged
    books.now = past.ended_at  # the line says when it would have been written
    grants.spend(left, charged.total, held_at=past.created_at, recorded_at=past.ended_at)
    books.post(
        Transfer.Kind.USAGE,
        team_id,
        -charged.total,
        other=Account.System.REVENUE,
        reference=f"inference:{past.id}",
        occurred_at=past.created_at,
        request_id=past.request_id,
    )
    return charged


def _row(team_id: str, past: _Past, charged: Cost) -> dict[str, Any]:
    price = schedule(past.entry.slug, team_id).at(past.created_at)
    took_ms = round((past.ended_at - past.created_at).total_seconds() * 1_000)
    return {
        "id": past.id,
        "request_id": past.request_id,
        "team_id": team_id,
        "api_key_id": past.key_id,
        "status": past.status.value,
        "exempt": False,
        "held": charged.total,
        "charged": charged.total,
        "price_text": price.text,
        "price_visual": price.visual or 0,
        "price_video": price.video or 0,
        "tokens_text": past.tokens.text,
        "tokens_visual": past.tokens.visual,
        "tokens_video": past.tokens.video,
        "created_at": past.created_at,
        "deadline_at": past.created_at + timedelta(seconds=30),
        "started_at": past.created_at,
        "ended_at": past.ended_at,
        "error_code": past.error_code,
        "model": past.entry.slug,
        "api_version": settings.API_DEFAULT_VERSION,
        "user": past.user,
        "dimensions": past.entry.default_dimensions,
        "idempotency_key": None,
        "queue_ms": took_ms // 4,
        "compute_ms": took_ms // 2,
    }


def _ended(team_id: str, past: _Past, charged: Cost) -> usage.Ended:
    return usage.Ended(
        team_id,
        past.key_id,
        past.entry.slug,
        settings.API_DEFAULT_VERSION,
        past.status.value,
        past.user,
        past.created_at,
        past.ended_at,
        past.tokens,
        charged,
    )
