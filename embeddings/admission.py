"""The first pump: lets requests in, all that wait at once, and sends them to a worker.

Request threads submit and wait; one thread does the transaction and the publishing, so two
database connections serve any number of waiting requests.
"""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.conf import settings

from aurous import metrics
from aurous.kernel.errors import AurousError
from aurous.kernel.pump import Fifo, Pump, PumpClosed, PumpFull
from billing.closing import Closed, End, Lost, close
from billing.holds import HoldRequest, Taken, take
from billing.idempotency import Replay
from billing.models import HoldStatus
from embeddings.transport.base import Transport
from embeddings.waiters import Waiters
from embeddings.work import WorkItem, WorkReply

log = structlog.get_logger(__name__)
OVERLOADED_RETRY_AFTER_S = 2
Answer = WorkReply | Replay


@dataclass(slots=True)
class Admission:
    """One request on its way in. ``answer`` ends with a reply, a replay or an ``AurousError``."""

    hold: HoldRequest
    work: WorkItem
    answer: "Future[Any]" = field(default_factory=Future)
    held_ms: float = 0.0

    _decided: threading.Lock = field(default_factory=threading.Lock)

    def decide(self) -> bool:
        """True for the first who asks: the pump, when it lets the request in, or the thread that
        waited too long before that. The other one leaves it alone.
        """
        return self._decided.acquire(blocking=False)

    @property
    def decided(self) -> bool:
        """Whether one of the two was here."""
        return self._decided.locked()

    def refuse(self, error: BaseException) -> None:
        """End the wait with an error."""
        with suppress(InvalidStateError):  # it was answered meanwhile
            self.answer.set_exception(error)


class Admissions:
    """The admission pump of one web process, and the one that takes back what timed out."""

    def __init__(self, transport: Transport, waiters: Waiters) -> None:
        self._transport = transport
        self._waiters = waiters
        self._pump: Pump[Admission, None] = Pump(
            "admission",
            self._admit,
            queue=Fifo(settings.ADMISSION_BATCH_ITEMS_MAX),
            queue_items_max=settings.ADMISSION_QUEUE_ITEMS_MAX,
            enough=self._worth_a_message,
        )
        self._taking_back: Pump[End, Closed | Lost] = Pump(
            "taking-back",
            close,
            queue=Fifo(settings.SETTLEMENT_BATCH_ITEMS_MAX),
            queue_items_max=settings.ADMISSION_QUEUE_ITEMS_MAX,
        )

    def _worth_a_message(self, waiting: int) -> bool:
        """Half as many in line as are on their way: then a few groups carry all that is asked."""
        return 2 * waiting >= len(self._waiters)

    def submit(self, admission: Admission) -> None:
        """Queue a request. Raises ``provider_overloaded`` (nothing was held) when full."""
        try:
            future = self._pump.submit(admission)
        except (PumpFull, PumpClosed) as error:
            raise overloaded() from error
        future.add_done_callback(lambda f: _pass_on(f, admission))

    def take_back(self, admission: Admission, code: str) -> "Future[Closed | Lost]":
        """Release the hold of a request that nobody answered."""
        hold = admission.hold
        self._waiters.forget(hold.id)
        return self._taking_back.submit(
            End(hold.id, hold.team_id, HoldStatus.RELEASED, error_code=code)
        )

    def stop(self, timeout_s: float) -> None:
        """Admit what waits, then end."""
        self._pump.stop(timeout_s)
        self._taking_back.stop(timeout_s)

    def _admit(self, batch: list[Admission]) -> list[None]:
        metrics.ADMISSION_BATCH_ITEMS.observe(len(batch))
        awaited = [admission for admission in batch if not admission.decided]
        outcomes = take([admission.hold for admission in awaited])
        groups: dict[str, list[Admission]] = defaultdict(list)
        abandoned: list[Admission] = []
        for admission, outcome in zip(awaited, outcomes, strict=True):
            if isinstance(outcome, Replay):
                admission.answer.set_result(outcome)
            elif not isinstance(outcome, Taken):
                admission.refuse(outcome)
            elif admission.decide():
                groups[admission.hold.model].append(admission)
            else:
                abandoned.append(admission)
        for model, group in groups.items():
            for part in _messages(group):
                self._send(model, part)
        if abandoned:  # their callers were told that nothing was charged
            self._release(abandoned, "provider_timeout")
        return [None] * len(batch)

    def _send(self, model: str, group: Sequence[Admission]) -> None:
        """After the commit: one message. Where it cannot be sent the holds go back at once."""
        for admission in group:
            self._waiters.add(admission.hold.id, admission.answer)
        try:
            self._transport.send(model, [admission.work for admission in group])
        except Exception as error:
            code = error.code if isinstance(error, AurousError) else "internal_error"
            log.warning("admission.not_sent", model=model, items=len(group), code=code)
            # A message can arrive although sending it failed. Only what is taken back before a
            # worker settles it is refused; the others wait on, for a reply or their deadline.
            for admission in self._release(group, code):
                self._waiters.forget(admission.hold.id)
                admission.refuse(error)

    def _release(self, group: Sequence[Admission], code: str) -> list[Admission]:
        """Give holds back; the requests for which it was not too late."""
        ends = [End(a.hold.id, a.hold.team_id, HoldStatus.RELEASED, error_code=code) for a in group]
        try:
            results = close(ends)
        except AurousError:
            log.warning("admission.left_to_the_reaper", items=len(group))
            return []
        return [a for a, ended in zip(group, results, strict=True) if isinstance(ended, Closed)]


def _messages(group: Sequence[Admission]) -> Iterator[list[Admission]]:
    """One message for all, or several where pictures and videos in them make it too large."""
    message: list[Admission] = []
    bytes_ = 0
    for admission in group:
        more = admission.work.message_bytes
        if message and bytes_ + more > settings.WORK_MESSAGE_BYTES_MAX:
            yield message
            message, bytes_ = [], 0
        message.append(admission)
        bytes_ += more
    yield message


def _pass_on(future: "Future[None]", admission: Admission) -> None:
    """A batch that failed as a whole: every waiting thread hears why."""
    error = future.exception()
    if error is not None:
        admission.refuse(error)


def overloaded() -> AurousError:
    """What callers are told when too much waits already. Told before any hold."""
    return AurousError(
        "provider_overloaded",
        "Too many requests are waiting. Nothing was charged; try again.",
        retry_after_s=OVERLOADED_RETRY_AFTER_S,
    )
