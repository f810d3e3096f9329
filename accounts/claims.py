"""Idempotency claims of requests without a hold, and what any two requests with one key are told.

The unique key of the table decides between twins, whoever of the two writers they go through.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q, QuerySet

from accounts.models import IdempotencyClaim
from accounts.models.idempotency import PATH_CHARACTERS_MAX
from aurous.kernel.clock import database_now
from aurous.kernel.errors import AurousError

RUNNING_RETRY_AFTER_S = 1
# Far longer than a request without a hold takes: one that has not ended by now died with its
# process. Well under the five minutes after which ``prove`` calls a claim forgotten.
ABANDONED_AFTER_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that a request came with and what the request was."""

    key: str
    fingerprint: str
    method: str
    path: str
    version: str


def begin(team_id: str, claim: Claim) -> int | bytes:
    """Claim a key: the number of the claim, or what an earlier request stored as its answer.

    One durable transaction, so that twins see it at once. Raises ``idempotency_key_in_use`` for
    another request, or while the first one runs.
    """
    try:
        with transaction.atomic(durable=True):
            row, made = _claimed(team_id, claim)
    except IntegrityError as error:  # the one in the way failed and was released meanwhile
        raise still_running() from error
    if made:
        return row.pk
    refuse_another(Claim(row.key, row.fingerprint, row.method, row.path, row.version), claim)
    if row.completed_at is None or row.reply is None:
        raise still_running()
    return bytes(row.reply)


def _claimed(team_id: str, claim: Claim) -> tuple[IdempotencyClaim, bool]:
    now = database_now(connection)
    of_key = IdempotencyClaim.objects.filter(team_id=team_id, key=claim.key)
    of_key.filter(lapsed(now)).delete()
    what = {
        "fingerprint": claim.fingerprint,
        "method": claim.method,
        "path": claim.path[:PATH_CHARACTERS_MAX],
        "version": claim.version,
        "created_at": now,
    }
    return IdempotencyClaim.objects.get_or_create(team_id=team_id, key=claim.key, defaults=what)


def complete(claim_id: int, reply: bytes) -> None:
    """Store the answer, in the transaction of what the request did.

    Raises ``provider_unavailable`` where the claim is no longer this request's, because it took
    so long that it was given up: nothing may come of it then.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an answer is stored in the transaction of its effect")
    if not _running(claim_id).update(completed_at=database_now(connection), reply=reply):
        raise AurousError(
            "provider_unavailable",
            "This took too long and was given up; nothing was changed. Try again.",
            retry_after_s=RUNNING_RETRY_AFTER_S,
        )


def release(claim_id: int) -> None:
    """The request failed: its key is free again."""
    _running(claim_id).delete()


def _running(claim_id: int) -> QuerySet[IdempotencyClaim]:
    return IdempotencyClaim.objects.filter(pk=claim_id, completed_at=None, hold_id=None)


def lapsed(now: datetime) -> Q:
    """Claims whose time is over: answered a day ago, or left behind by a process that died."""
    window = timedelta(seconds=settings.IDEMPOTENCY_REPLAY_SECONDS)
    return Q(completed_at__lte=now - window) | abandoned(now)


def abandoned(now: datetime) -> Q:
    """Claims of requests without a hold that nobody will end any more."""
    since = now - timedelta(seconds=ABANDONED_AFTER_SECONDS)
    return Q(completed_at=None, hold_id=None, created_at__lt=since)


def refuse_another(first: Claim, now: Claim) -> None:
    """Raise ``idempotency_key_in_use`` unless both are the same request."""
    if first.fingerprint == now.fingerprint:
        return
    if (first.method, first.path) != (now.method, now.path[:PATH_CHARACTERS_MAX]):
        what = f"for another route ({first.method} {first.path})"
    elif first.version != now.version:
        what = f"under another API version ({first.version}, now {now.version})"
    else:
        what = "with another body"
    raise in_use(what)


def in_use(what: str) -> AurousError:
    """The error of a key that was used ``what``: waiting does not help."""
    return AurousError(
        "idempotency_key_in_use",
        f"This Idempotency-Key was used {what}. Use a new key for a new request.",
    )


def still_running() -> AurousError:
    """The error of a key whose first request has not ended."""
    return AurousError(
        "idempotency_key_in_use",
        "The first request with this Idempotency-Key is still running. Try again shortly.",
        retry_after_s=RUNNING_RETRY_AFTER_S,
    )
