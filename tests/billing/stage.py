"""What the money tests say instead of ten lines each: a team with credit, a hold, its end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from accounts import teams
from accounts.actors import Actor, system_actor
from accounts.models import IdempotencyClaim, Team
from aurous.kernel.clock import as_sql, database_now
from aurous.kernel.ids import new_id
from aurous.kernel.money import NANO_PER_CREDIT
from billing import closing, grants, holds, invariants
from billing.closing import Closed, End, Lost
from billing.holds import HoldRequest, Outcome, Taken
from billing.idempotency import Claim
from billing.ledger import open_account
from billing.models import Account, Grant, HoldStatus, Transfer, hold_model
from billing.pricing import PriceSchedule, TokenPrice, Tokens
from billing.starting import start
from embeddings.models import Inference

NOBODY: Actor = system_actor("tests")
CREDIT = NANO_PER_CREDIT
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MODEL = "aurous-stub"
PRICE = 1_000  # nano-credits a text token: a hold of 7 tokens is 7_000


def prices(text: int = PRICE, **more: int) -> PriceSchedule:
    """A schedule with one price for everybody, for ever."""
    return PriceSchedule(MODEL, [(LONG_AGO, TokenPrice(text, **more))])


def a_team(nano: int = 0, name: str = "Acme", **changes: Any) -> Team:
    """A team with an account and, if asked, a grant that never expires."""
    team = teams.create_team(name, actor=NOBODY)
    open_account(team.id)
    if changes:
        Team.objects.filter(id=team.id).update(**changes)
    if nano:
        grant(team, nano)
    return team


def grant(team: Team, nano: int, **more: Any) -> str:
    """Credit for a team; returns the grant's id. Never expires unless told."""
    wanted: dict[str, Any] = {
        "kind": Grant.Kind.PROMOTIONAL,
        "transfer_kind": Transfer.Kind.GRANT,
        "other": Account.System.PROMOTIONS,
        "reference": f"test:{new_id('ref')}",
    }
    return grants.give(grants.NewGrant(team.id, nano, **(wanted | more)))


def claim(key: str = "k-1", **more: Any) -> Claim:
    """An idempotency key with what it was sent with."""
    wanted = {
        "fingerprint": "f" * 64,
        "method": "POST",
        "path": "/v1/embeddings",
        "version": "2026-05-15",
    }
    return Claim(key, **(wanted | more))


def claimed_elsewhere(
    team: Team, key: str = "k-1", *, completed_at: datetime | None = None, **more: Any
) -> IdempotencyClaim:
    """The claim of a request without a hold: running, or answered at a moment."""
    wanted = {
        "fingerprint": "d" * 64,
        "method": "POST",
        "path": "/v1/keys",
        "version": "2026-05-15",
        "created_at": database_now(connection),
        "reply": None if completed_at is None else b"201{}",
    }
    return IdempotencyClaim.objects.create(
        team=team, key=key, completed_at=completed_at, **(wanted | more)
    )


def request(team: Team, tokens: int = 1, **more: Any) -> HoldRequest:
    """A request for a hold of ``tokens`` text tokens."""
    wanted: dict[str, Any] = {
        "id": new_id("emb"),
        "request_id": new_id("req"),
        "api_key_id": f"key_{team.id[5:]}",
        "model": MODEL,
        "api_version": "2026-05-15",
        "user": "",
        "tokens": Tokens(text=tokens),
        "prices": prices(),
        "deadline_s": 30.0,
    }
    made = HoldRequest(team_id=team.id, **(wanted | more))
    key = made.claim.key if made.claim else None
    return replace(made, details={"dimensions": 384, "idempotency_key": key})


def take(*requests: HoldRequest) -> list[Outcome]:
    """Let requests in, in one go."""
    return holds.take(requests)


def held(team: Team, tokens: int = 1, **more: Any) -> Taken:
    """One hold that must succeed."""
    (outcome,) = take(request(team, tokens, **more))
    assert isinstance(outcome, Taken), outcome
    return outcome


def refused(team: Team, tokens: int = 1, **more: Any) -> Any:
    """The error of one hold that must be refused."""
    (outcome,) = take(request(team, tokens, **more))
    assert not isinstance(outcome, Taken)
    return outcome


def running(team: Team, tokens: int = 1, **more: Any) -> Taken:
    """One hold that a worker has started."""
    taken = held(team, tokens, **more)
    assert list(start([taken.id]).seconds_left) == [taken.id]
    return taken


def settling(id_: str, team: Team, tokens: int = 1, **more: Any) -> End:
    """The end of a request that went well."""
    return End(id_, team.id, HoldStatus.SETTLED, Tokens(text=tokens), **more)


def releasing(id_: str, team: Team, code: str = "provider_timeout") -> End:
    """The end of a request that is given up."""
    return End(id_, team.id, HoldStatus.RELEASED, error_code=code)


def close(*ends: End) -> list[Closed | Lost]:
    """End requests, in one go."""
    return closing.close(ends)


def settle(taken: Taken, team: Team, tokens: int = 1, **more: Any) -> Closed | Lost:
    """Settle one request for its tokens."""
    return close(settling(taken.id, team, tokens, **more))[0]


def release(taken: Taken, team: Team) -> Closed | Lost:
    """Release one request."""
    return close(releasing(taken.id, team))[0]


def spent(team: Team, tokens: int = 1, **more: Any) -> Taken:
    """One request all the way to its charge."""
    taken = running(team, tokens, **more)
    keep = (lambda _: b"reply") if more.get("claim") else None
    assert isinstance(settle(taken, team, tokens, reply=keep), Closed)
    return taken


def account(team: Team) -> Account:
    """The team's account as stored."""
    return Account.objects.get(id=team.id)


def standing(team: Team) -> tuple[int, int]:
    """Posted and held, as stored."""
    stored = account(team)
    return stored.posted, stored.held


def row(id_: str) -> Inference:
    """The request's row."""
    return hold_model().objects.get(id=id_)  # type: ignore[attr-defined]


def remaining(*grant_ids: str) -> list[int]:
    """What is left of these grants."""
    left = dict(Grant.objects.values_list("id", "remaining"))
    return [left[id_] for id_ in grant_ids]


def kinds(team: Team) -> list[str]:
    """The statement as words, oldest first."""
    lines = Transfer.objects.filter(account_id=team.id).order_by("sequence")
    return list(lines.values_list("kind", flat=True))


def complaints() -> dict[str, list[str]]:
    """The invariants that do not hold, with what they say."""
    return {f.id: f.differences for f in invariants.prove() if f.differences}


def now() -> datetime:
    """The database's clock."""
    return database_now(connection)


def sql(statement: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Go round the code: a statement straight to the database."""
    values = [as_sql(value) if isinstance(value, datetime) else value for value in params]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        # Not by ``description``: inside a pipeline it is not known yet.
        return cursor.fetchall() if statement.startswith("SELECT") else []
