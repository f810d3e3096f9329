"""The deliverer: passes that send what is due. Safe to run from several places at once.

In production a pass is a task of the ``ops`` worker, in the embedded profile a thread of the web
process. A pass has a few senders; no connection to the database is held while one waits for an
endpoint.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.conf import settings
from django.db import connection

from aurous import metrics
from billing.webhooks import claims
from billing.webhooks.claims import Claimed
from billing.webhooks.dispatch import dispatch, forget_old
from billing.webhooks.outcomes import record
from billing.webhooks.sending import Answer, attempt

log = structlog.get_logger(__name__)
Send = Callable[[Claimed], Answer]
# One pass at a time in a process: a worker's other threads are for other work.
_passing = threading.Lock()


def run_pass(wanted: Callable[[], bool] = lambda: True) -> int:
    """Make deliveries of what happened and send what is due; returns how many attempts it made.

    Does nothing while another thread of this process is at it. Begins no delivery any more once
    it is not ``wanted``.
    """
    if not _passing.acquire(blocking=False):
        return 0
    try:
        forget_old()
        dispatch()
        return _send_all(claims.due_count(settings.WEBHOOK_SENDERS_MAX), wanted)
    finally:
        _passing.release()


def _send_all(senders: int, wanted: Callable[[], bool]) -> int:
    if not senders:
        return 0
    ends_at = time.monotonic() + settings.WEBHOOK_PASS_SECONDS_MAX

    def go_on() -> bool:
        return wanted() and time.monotonic() < ends_at

    with ThreadPoolExecutor(senders, thread_name_prefix="webhook") as pool:
        return sum(pool.map(_send_while, [go_on] * senders))


def _send_while(go_on: Callable[[], bool]) -> int:
    """A sender's life: one delivery after the other. What breaks it is left for the next pass."""
    count = 0
    try:
        while go_on() and deliver_one(_attempt_without_connection):
            count += 1
    except Exception:
        log.exception("webhooks.sender_broke")
    finally:
        connection.close()
    return count


def _attempt_without_connection(claimed: Claimed) -> Answer:
    connection.close()
    return attempt(claimed)


def deliver_one(send: Send = attempt) -> bool:
    """Claim one delivery, send it, write down what came of it. False where nothing was due."""
    claimed = claims.claim()
    if claimed is None:
        return False
    answer = send(claimed)
    record(claimed, answer)
    metrics.WEBHOOK_ATTEMPTS.labels("succeeded" if answer.good else "failed").inc()
    return True
