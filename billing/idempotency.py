"""Idempotency claims: one key, one effect, the same answer again.

Only called while the team's account is locked, so what is read here cannot change under us.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from aurous.kernel.clock import as_sql, as_utc
from aurous.kernel.errors import AurousError
from aurous.kernel.rowset import insert_rows, payload, source
from billing.models import IdempotencyClaim

RUNNING_RETRY_AFTER_S = 1


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that a request came with and what the request was."""

    key: str
    fingerprint: str
    method: str
    path: str
    version: str


@dataclass(frozen=True, slots=True)
class Replay:
    """The stored answer of the first request, to be rendered again."""

    reply: bytes


@dataclass(frozen=True, slots=True)
class _Kept:
    claim: Claim
    completed_at: datetime | None
    reply: bytes | None


class Claims:
    """The claims that matter to one transaction: those stored, and those it makes."""

    def __init__(self, wanted: Iterable[tuple[str, Claim]], now: datetime) -> None:
        self._now = now
        self._kept = _load({(team_id, claim.key) for team_id, claim in wanted})
        self._new: list[dict[str, Any]] = []

    def replay(self, team_id: str, claim: Claim) -> Replay | None:
        """The answer to repeat, or None where the key is free.

        Raises ``idempotency_key_in_use`` for another request or one that still runs.
        """
        kept = self._kept.get((team_id, claim.key))
        if kept is None or self._lapsed(kept):
            return None
        _refuse_another(kept.claim, claim)
        if kept.completed_at is None or kept.reply is None:
            raise AurousError(
                "idempotency_key_in_use",
                "The first request with this Idempotency-Key is still running. Try again shortly.",
                retry_after_s=RUNNING_RETRY_AFTER_S,
            )
        return Replay(kept.reply)

    def _lapsed(self, kept: _Kept) -> bool:
        window = timedelta(seconds=settings.IDEMPOTENCY_REPLAY_SECONDS)
        return kept.completed_at is not None and kept.completed_at + window <= self._now

    def add(self, team_id: str, claim: Claim, hold_id: str) -> None:
        """Claim the key for this hold."""
        self._kept[team_id, claim.key] = _Kept(claim, None, None)
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
        """Insert the new claims over lapsed ones. A live one in the way is a broken lock."""
        names = ("fingerprint", "method", "path", "version", "hold_id", "created_at")
        taken_over = ", ".join(f"{n} = excluded.{n}" for n in (*names, "completed_at", "reply"))
        insert_rows(
            connection,
            IdempotencyClaim,
            self._new,
            f"ON CONFLICT (team_id, key) DO UPDATE SET {taken_over}",
        )


def _refuse_another(first: Claim, now: Claim) -> None:
    if first.fingerprint == now.fingerprint:
        return
    if (first.method, first.path) != (now.method, now.path):
        what = f"for another route ({first.method} {first.path})"
    elif first.version != now.version:
        what = f"under another API version ({first.version}, now {now.version})"
    else:
        what = "with another body"
    raise AurousError(
        "idempotency_key_in_use",
        f"This Idempotency-Key was used {what}. Use a new key for a new request.",
    )


def _load(wanted: set[tuple[str, str]]) -> dict[tuple[str, str], _Kept]:
    if not wanted:
        return {}
    pairs = [{"team_id": team_id, "key": key} for team_id, key in wanted]
    sql = (
        "SELECT c.team_id, c.key, c.fingerprint, c.method, c.path, c.version, "
        "c.completed_at, c.reply FROM billing_idempotencyclaim AS c "
        f"JOIN {source(connection.vendor, {'team_id': 'text', 'key': 'text'})} "
        "ON c.team_id = r.team_id AND c.key = r.key"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [payload(pairs)])
        return {(row[0], row[1]): _kept(row) for row in cursor.fetchall()}


def _kept(row: tuple[Any, ...]) -> _Kept:
    _, key, fingerprint, method, path, version, completed_at, reply = row
    return _Kept(
        Claim(key, fingerprint, method, path, version),
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
        "UPDATE billing_idempotencyclaim AS c SET completed_at = %s, "
        "reply = decode(r.reply, 'base64') "
        f"FROM {source(connection.vendor, columns)} WHERE c.hold_id = r.hold_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [as_sql(now), payload(rows)])


def forget(hold_ids: Iterable[str]) -> None:
    """Free the keys of holds that were released: the same key runs again."""
    IdempotencyClaim.objects.filter(hold_id__in=list(hold_ids), completed_at=None).delete()
