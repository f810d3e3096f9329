"""The embedded transport: admission hands straight to workers in the same process."""

import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial

import structlog
from django.conf import settings
from django.db import connection

from aurous.kernel.errors import AurousError
from billing import (
    approvals,
    expiry_notices,
    notices,
    proofs,
    recharge,
    reconcile_runs,
    stripe_inbox,
    stripe_sweep,
)
from billing.reaper import reap
from billing.webhooks.deliverer import run_pass
from embeddings.batch_limits import batch_limits
from embeddings.catalog import UNAVAILABLE_RETRY_AFTER_S, Entry, loadable_entry
from embeddings.engine.hardware import resolve_device
from embeddings.engine.load import load
from embeddings.reply import Vector
from embeddings.transport.base import Backlog, WorkerSeen
from embeddings.waiters import Waiters
from embeddings.work import WorkItem, WorkReply
from embeddings.worker import CANARY_ID, Worker

log = structlog.get_logger(__name__)


class InProcess:
    """Workers as threads of the web process, each made at the first request for its model."""

    def __init__(self, waiters: Waiters) -> None:
        self._waiters = waiters
        self._lock = threading.Lock()
        self._workers: dict[str, Worker] = {}
        self._stopping = threading.Event()
        work: Callable[[], object]
        for name, work, seconds in (
            ("reaper", reap, settings.REAP_SECONDS),
            ("webhooks", partial(run_pass, self._wanted), settings.WEBHOOK_EVERY_SECONDS),
            ("stripe-inbox", stripe_inbox.run_pass, settings.STRIPE_INBOX_SECONDS),
            ("stripe-sweep", stripe_sweep.sweep, settings.STRIPE_SWEEP_SECONDS),
            ("reconcile-runs", reconcile_runs.run_pass, settings.RECONCILE_SECONDS),
            ("recharge", recharge.run_pass, settings.RECHARGE_SECONDS),
            ("notices", _tell, settings.NOTICE_SECONDS),
            ("proofs", proofs.run_pass, settings.PROOF_LOOK_SECONDS),
        ):
            threading.Thread(
                target=self._repeat, args=(name, work, seconds), name=name, daemon=True
            ).start()

    def send(self, model: str, items: Sequence[WorkItem]) -> None:
        """Queue a group with the model's worker."""
        self._worker(model).submit(items, self._waiters.resolve)

    def backlog(self, model: str) -> Backlog:
        """Exact: it is the same process."""
        worker = self._workers.get(model)
        items, tokens = worker.waiting if worker else (0, 0)
        return Backlog(1, items, tokens, worker.oldest_s if worker else 0.0)

    def workers(self, model: str) -> list[WorkerSeen]:
        """The one in this process, once a request has made it."""
        worker = self._workers.get(model)
        if worker is None:
            return []
        items, _ = worker.waiting
        told = (socket.gethostname(), resolve_device(settings.AUROUS_DEVICE))
        seen = WorkerSeen("in-process", *told, items, worker.in_flight, worker.oldest_s, 0.0)
        return [seen]

    def canary(self, model: str) -> "Future[WorkReply]":
        """The worker's own canary."""
        answer: Future[WorkReply] = Future()

        def pass_on(future: "Future[Vector]") -> None:
            if not answer.set_running_or_notify_cancel():
                return
            error = future.exception()
            if error is None:
                answer.set_result(WorkReply(CANARY_ID))
            else:
                answer.set_exception(error)

        self._worker(model).canary().add_done_callback(pass_on)
        return answer

    def stop(self) -> None:
        """Let every worker finish what it has."""
        self._stopping.set()
        for worker in self._workers.values():
            worker.stop(settings.LONGEST_DEADLINE_SECONDS)

    def _wanted(self) -> bool:
        return not self._stopping.is_set()

    def _repeat(self, name: str, work: Callable[[], object], seconds: float) -> None:
        """What Celery's beat does in the production profile."""
        while not self._stopping.wait(seconds):
            try:
                work()
            except Exception:
                log.exception(f"{name}.failed")
            finally:
                connection.close()

    def _worker(self, model: str) -> Worker:
        with self._lock:
            if model not in self._workers:
                self._workers[model] = _made(
                    loadable_entry(model), on_broken=partial(self._replace, model)
                )
            return self._workers[model]

    def _replace(self, model: str) -> None:
        """Its engine broke: the next request loads a fresh one. What it holds ends by itself."""
        with self._lock:
            worker = self._workers.pop(model, None)
        if worker is not None:  # not in this thread, which is one of the worker's own
            threading.Thread(
                target=worker.stop, args=(settings.LONGEST_DEADLINE_SECONDS,), daemon=True
            ).start()


def _tell() -> None:
    approvals.expire()
    expiry_notices.run_pass()
    notices.run_pass()


def _made(entry: Entry, *, on_broken: Callable[[], None]) -> Worker:
    try:
        engine = load(entry.engine, entry.slug)
        engine.warm_up()
    except Exception as error:  # whatever keeps it from loading: requests are told 503
        log.exception("engine.not_loaded", model=entry.slug)
        raise AurousError(
            "provider_unavailable",
            f"The model {entry.slug} could not be started. Nothing was charged; try again.",
            retry_after_s=UNAVAILABLE_RETRY_AFTER_S,
        ) from error
    return Worker(
        entry.slug,
        engine,
        dimensions=entry.default_dimensions,
        limits=batch_limits(entry.engine),
        on_broken=on_broken,
    )
