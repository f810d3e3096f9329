"""One embedding request through the three pumps, seen from the thread that waits for it."""

from collections.abc import Mapping
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import connection

from aurous.http.caller import Caller
from aurous.kernel.errors import AurousError
from aurous.kernel.ids import new_id
from billing.closing import Closed
from billing.holds import HoldRequest
from billing.idempotency import Claim, Replay
from billing.key_limits import KeyLimits
from billing.lost_replies import make_good
from billing.prices import schedule
from embeddings.admission import Admission, overloaded
from embeddings.quoting import Prepared
from embeddings.reply import EmbeddingReply, render, unpack
from embeddings.runtime import runtime
from embeddings.settlement import missed_deadline
from embeddings.work import WorkItem, WorkReply

log = structlog.get_logger(__name__)
# Beyond the deadline: a settlement that began just before it may still be on its way.
LATE_REPLY_SECONDS = 2.0
NO_WORKER_RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for what, with everything that the row of the request keeps."""

    caller: Caller
    request_id: str
    api_version: str
    user: str
    prepared: Prepared
    encoding: str  # of the vectors in the answer: float or base64
    claim: Claim | None


@dataclass(frozen=True, slots=True)
class Embedded:
    """The bytes of the answer; ``timings_ms`` is empty on a replay."""

    body: bytes
    replayed: bool
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Obtained:
    """What came of it, before anything is rendered."""

    reply: EmbeddingReply
    replayed: bool
    timings_ms: Mapping[str, float]


def embed(asked: Asked) -> Embedded:
    """Hold, compute, settle, answer. Raises ``AurousError``; then nothing was charged."""
    got = obtain(asked)
    return Embedded(render(got.reply, asked.encoding), got.replayed, got.timings_ms)


def obtain(asked: Asked) -> Obtained:
    """``embed`` for a caller who wants numbers, not bytes."""
    model = asked.prepared.entry.slug
    check_backlog(model)
    admission = _admission(asked)
    running = runtime()
    running.admissions.submit(admission)
    answer = _wait(admission)
    if isinstance(answer, Replay):
        return Obtained(unpack(answer.reply), True, {})
    if answer.error is not None:
        raise answer.error
    assert answer.vectors is not None
    reply = EmbeddingReply(model, answer.vectors, answer.tokens, answer.charged)
    return Obtained(reply, False, answer.timings_ms)


def check_backlog(model: str) -> None:
    """Refuse before any hold where nobody would serve it, or too much waits."""
    backlog = runtime().transport.backlog(model)
    if not backlog.workers:
        raise AurousError(
            "provider_unavailable",
            f"No worker serves {model} at the moment. Nothing was charged; try again.",
            retry_after_s=NO_WORKER_RETRY_AFTER_S,
        )
    too_much = backlog.tokens > settings.BACKLOG_TOKENS_MAX
    if too_much or backlog.items > settings.BACKLOG_ITEMS_MAX:
        raise overloaded()


def _admission(asked: Asked) -> Admission:
    caller, prepared = asked.caller, asked.prepared
    id_ = new_id("emb")
    claim = asked.claim
    details = {
        "dimensions": prepared.dimensions,
        "idempotency_key": claim.key if claim else None,
    }
    hold = HoldRequest(
        id=id_,
        request_id=asked.request_id,
        team_id=caller.team_id,
        api_key_id=caller.api_key_id,
        model=prepared.entry.slug,
        api_version=asked.api_version,
        user=asked.user,
        tokens=prepared.tokens,
        prices=schedule(prepared.entry.slug, caller.team_id),
        deadline_s=prepared.deadline_s,
        exempt=caller.billing_mode == "exempt",
        concurrency_max=_concurrency(caller),
        limits=KeyLimits(caller.limit_day_nano, caller.limit_month_nano, caller.limit_total_nano),
        claim=claim,
        details=details,
    )
    work = WorkItem(
        id_,
        caller.team_id,
        prepared.token_ids,
        prepared.dimensions,
        claim is not None,
        prepared.media,
        prepared.text_tokens,
    )
    return Admission(hold, work)


def _concurrency(caller: Caller) -> int | None:
    """None is the system's default, 0 no limit."""
    if caller.team_concurrency is None:
        return settings.CONCURRENT_REQUESTS_MAX or None
    return caller.team_concurrency or None


def _wait(admission: Admission) -> WorkReply | Replay:
    """Wait for the answer; past the deadline take the hold back, so that 504 means no charge."""
    answer: WorkReply | Replay
    try:
        answer = admission.answer.result(admission.hold.deadline_s + LATE_REPLY_SECONDS)
    except FutureTimeoutError:
        if admission.decide():  # it still waits to be let in, and now it never will be
            raise missed_deadline() from None
        answer = _take_back(admission)
    return answer


def _take_back(admission: Admission) -> WorkReply | Replay:
    """The hold is released, or a charge whose answer was lost is made good: 504 costs nothing."""
    answer: WorkReply | Replay
    try:
        ended = runtime().admissions.take_back(admission, "provider_timeout").result()
        if isinstance(ended, Closed):
            raise missed_deadline()
        if admission.answer.done():
            answer = admission.answer.result()
            return answer
        stored = make_good(admission.hold.id)
    except AurousError:
        raise
    except Exception as error:  # the reaper will do it, and no settlement can come after it
        log.warning("embedding.left_to_the_reaper", reason=type(error).__name__)
        raise missed_deadline() from error
    finally:
        connection.close()
    if stored is None:
        raise missed_deadline()
    reply = unpack(stored)  # no replay: the first answer to this request, by another way
    return WorkReply(admission.hold.id, None, reply.vectors, reply.tokens, reply.charged)
