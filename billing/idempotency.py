"""Idempotency claims: one key, one effect, the same answer again.

Only called while the team's account is locked, so what other holds claimed cannot change under us.
Requests without a hold claim keys of the same table without that lock; between them and us the
unique key of the table decides (``Claims.write``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.claims import ABANDONED_AFTER_SECONDS, Claim, refuse_another, still_running
from accounts.models import IdempotencyClaim
from aurous.kernel.clock import as_sql, as_utc
from aurous.kernel.rowset import insert_rows, payload, source

__all__ = ["Claim", "Claims", "Replay", "answer", "forget"]


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored answer of the first request, to be rendered again."""

    reply: bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    id: int | None  # None: made by this transaction
    claim: Claim
    hold_id: str | None
    created_at: datetime
    completed_at: datetime | None
    reply: bytes | None


class Claims:
    """The claims that matter to one transaction: those stored, and those it makes."""

    def __init__(self, wanted: Iterable[tuple[str, Claim]], now: datetime) -> None:
        self._now = now
        self._kept = _load({(team_id, claim.key) for team_id, claim in wanted})
        self._new: list[dict[str, Any]] = []
        self._replaced: list[int] = []

    def replay(self, team_id: str, claim: Claim) -> Replay | None:
        """The answer to repeat, or None where the key is free.

        Raises ``idempotency_key_in_use`` for another request or one that still runs.
        """
        kept = self._kept.get((team_id, claim.key))
        if kept is None or self._lapsed(kept):
            return None
        refuse_another(kept.claim, claim)
        if kept.completed_at is None or kept.reply is None:
            raise still_running()
        return Replay(kept.reply)

    def _lapsed(self, kept: _Kept) -> bool:
        """As ``accounts.claims.lapsed`` says it of rows."""
        if kept.completed_at is not None:
            window = timedelta(seconds=settings.IDEMPOTENCY_REPLAY_SECONDS)
            return kept.completed_at + window <= self._now
        patience = timedelta(seconds=ABANDONED_AFTER_SECONDS)
        return kept.hold_id is None and kept.created_at + patience < self._now

    def add(self, team_id: str, claim: Claim, hold_id: str) -> None:
        """Claim the key for this hold, in the place of a lapsed claim."""
        lapsed = self._kept.get((team_id, claim.key))
        if lapsed is not None and lapsed.id is not None and self._lapsed(lapsed):
            self._replaced.append(lapsed.id)
        self._kept[team_id, claim.key] = _Kept(None, claim, hold_id, self._now, None, None)
        self._new.append(
            {
                "team_id": team_id,
                "key": claim.key,
                "fingerprint": claim.fingerprint,
                "method": claim.method,
                "path": claim.path,
                "version": claim.version,
                "hold_id": hold_id,
                "created_at": self._now,
                "completed_at": None,
                "reply": None,
            }
        )

    def write(self) -> None:
        """Drop what has lapsed and insert the new claims.

        A live claim in the way makes the database refuse (``IntegrityError``): a request without
        a hold claimed the key after we looked.
        """
        if self._replaced:
            marks = ", ".join(["%s"] * len(self._replaced))
            with connection.cursor() as cursor:
                cursor.execute(
                    f"DELETE FROM accounts_idempotencyclaim WHERE id IN ({marks})", self._replaced
                )
        insert_rows(connection, IdempotencyClaim, self._new)


def _load(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], _Kept]:
    if not wanted:
        return {}
    pairs = [{"team_id": team_id, "key": key} for team_id, key in wanted]
    sql = (
        "SELECT c.team_id, c.key, c.fingerprint, c.method, c.path, c.version, "
        "c.id, c.hold_id, c.created_at, c.completed_at, c.reply "
        "FROM accounts_idempotencyclaim AS c "
        f"JOIN {source(connection.vendor, {'team_id': 'text', 'key': 'text'})} "
        "ON c.team_id = r.team_id AND c.key = r.key"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [payload(pairs)])
        return {(row[0], row[1]): _kept(row) for row in cursor.fetchall()}


def _kept(row: tuple[Any, ...]) -> _Kept:
    _, key, fingerprint, method, path, version, id_, hold_id, created_at, completed_at, reply = row
    return _Kept(
        id_,
        Claim(key, fingerprint, method, path, version),
        hold_id,
        as_utc(created_at),
        None if completed_at is None else as_utc(completed_at),
        None if reply is None else bytes(reply),
    )


def answer(replies: dict[str, bytes], now: datetime) -> None:
    """Store the answers of holds that were settled: hold id to reply."""
    if not replies:
        return
    columns = {"hold_id": "text", "reply": "base64"}
    rows = [{"hold_id": hold_id, "reply": reply} for hold_id, reply in replies.items()]
    sql = (
        "UPDATE accounts_idempotencyclaim AS c SET completed_at = %s, "
        "reply = decode(r.reply, 'base64') "
        f"FROM {source(connection.vendor, columns)} WHERE c.hold_id = r.hold_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [as_sql(now), payload(rows)])


def forget(hold_ids: Iterable[str]) -> None:
    """Free the keys of holds that were released: the same key runs again."""
    IdempotencyClaim.objects.filter(hold_id__in=list(hold_ids), completed_at=None).delete()
