"""Checking the invariants in the background: asked for here, run by whoever does periodic work.

A check reads every transfer: on a large database it takes minutes, which no web request waits for.
"""

import threading
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from accounts import audit
from accounts.actors import Actor, system_actor
from accounts.models import ActorKind
from aurous.kernel.clock import database_now
from aurous.kernel.ids import new_id
from billing.invariants import Finding, prove
from billing.models import Proof

log = structlog.get_logger(__name__)
State = Proof.State


def ask(actor: Actor) -> bool:
    """Have the invariants checked. False where a check waits or runs already."""
    return _ask(actor)


def _ask(actor: Actor) -> bool:
    proof = Proof(id=new_id("prf"), asked_by=actor.label, asked_at=database_now(connection))
    try:
        with transaction.atomic():
            proof.save(force_insert=True)
            if actor.kind != ActorKind.SYSTEM:
                audit.record("proof.asked", team=None, actor=actor, target=proof.id, data={})
    except IntegrityError:  # one is unfinished
        return False
    return True


def last_ended() -> Proof | None:
    """The newest one with a result."""
    return Proof.objects.filter(unfinished=None).order_by("-id").first()


def unfinished() -> Proof | None:
    """The one that waits or runs."""
    return Proof.objects.filter(unfinished=True).first()


def run_pass() -> bool:
    """End what died, ask for one where it is time, and run the one that waits. True if it ran.

    Takes as long as the check.
    """
    _bury()
    _ask_when_due()
    proof_id = _take()
    if proof_id is None:
        return False
    _run(proof_id)
    _forget()
    return True


_in_this_process = threading.Lock()


def run_pass_beside() -> None:
    """The same in a thread of its own, for a worker whose threads have other things to do."""
    if not _in_this_process.acquire(blocking=False):
        return
    threading.Thread(target=_beside, name="proof", daemon=True).start()


def _beside() -> None:
    try:
        run_pass()
    except Exception:  # a thread has nobody else to tell
        log.exception("proof.failed")
    finally:
        connection.close()
        _in_this_process.release()


def _bury() -> None:
    """What runs and has not said so for a while was killed."""
    now = database_now(connection)
    lost = now - timedelta(seconds=settings.PROOF_LOST_SECONDS)
    dead = Proof.objects.filter(unfinished=True, state=State.RUNNING, beat_at__lt=lost)
    dead.update(
        state=State.BROKEN, unfinished=None, ended_at=now, error="Its process stopped. Ask again."
    )


def _ask_when_due() -> None:
    every = settings.PROOF_EVERY_SECONDS
    newest = Proof.objects.order_by("-id").values_list("asked_at", flat=True).first()
    due = newest is None or newest <= database_now(connection) - timedelta(seconds=every)
    if every and due:
        _ask(system_actor("schedule"))


def _take() -> str | None:
    """The id of the waiting one, now running here; None where another was first."""
    waiting = Proof.objects.filter(unfinished=True, state=State.WAITING)
    proof_id = waiting.values_list("pk", flat=True).first()
    if proof_id is None:
        return None
    now = database_now(connection)
    taken = waiting.filter(pk=proof_id).update(state=State.RUNNING, started_at=now, beat_at=now)
    return proof_id if taken else None


def _run(proof_id: str) -> None:
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(proof_id, stop), name="proof-beat", daemon=True)
    beat.start()
    try:
        ended = _outcome(prove())
    except Exception as error:  # whatever it was, the page must not say "running" for ever
        log.exception("proof.broken")
        ended = {"state": State.BROKEN, "error": f"{type(error).__name__}: it could not be run."}
    finally:
        stop.set()
        beat.join()
    running = Proof.objects.filter(pk=proof_id, state=State.RUNNING)
    running.update(unfinished=None, ended_at=database_now(connection), **ended)
    log.info("proof.ended", proof=proof_id, state=str(ended["state"]))


def _beat(proof_id: str, stop: threading.Event) -> None:
    """Beside the check, whose transaction sees and writes nothing new."""
    try:
        while not stop.wait(settings.PROOF_BEAT_SECONDS):
            Proof.objects.filter(pk=proof_id).update(beat_at=database_now(connection))
    except Exception:  # without beats the check is taken for dead, which is said on the page
        log.exception("proof.no_beat")
    finally:
        connection.close()


def _outcome(findings: list[Finding]) -> dict[str, Any]:
    most = settings.PROOF_DIFFERENCES_MAX
    count = sum(len(finding.differences) for finding in findings)
    return {
        "state": State.DIFFERS if count else State.HOLDS,
        "differences": count,
        "findings": [
            {
                "id": finding.id,
                "title": finding.title,
                "count": len(finding.differences),
                "differences": finding.differences[:most],
            }
            for finding in findings
        ],
    }


def _forget() -> None:
    kept = Proof.objects.order_by("-id").values_list("pk", flat=True)[: settings.PROOFS_KEPT_MAX]
    Proof.objects.exclude(pk__in=list(kept)).delete()
