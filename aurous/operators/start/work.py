"""The work at a glance: what failed and why, what waits, who works."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aurous.operators.start.parts import (
    AWAY,
    Alarm,
    Figure,
    Part,
    Row,
    kept,
    midnight,
    now,
    rows_url,
    share,
)
from aurous.operators.start.past import two_days_by_hour
from billing.revenue import Used
from embeddings.failures import failures_since
from embeddings.queues import Queue, queues

_HOUR = timedelta(hours=1)
CODES_SHOWN = 8
# From so many requests on, a share of failures says something; from so much on, it is an alarm.
REQUESTS_MIN = 20
FAILED_PERCENT_MAX = 5
WAITING_SECONDS_MAX = 10


def failures_part() -> Part:
    """Requests without an answer: of the hour that runs and the one before, and of 24 hours."""
    moment = now()
    hour = moment.replace(minute=0, second=0, microsecond=0)
    hours = two_days_by_hour(midnight(moment))
    lately = [one for one in hours.value if hour - _HOUR <= one.start <= hour]
    day = [one for one in hours.value if hour - 24 * _HOUR <= one.start <= hour]
    codes = kept("failures", lambda: failures_since(hour - 24 * _HOUR))
    since = hour - _HOUR
    recent, alarm = _rate(lately, f"Since {since:%H:%M} UTC", "1")
    whole, _ = _rate(day, f"Since yesterday {hour:%H:%M} UTC", "24")
    return Part(
        "failures",
        "Failures",
        hours.at,
        figures=[recent, whole],
        head=("Why, in 24 hours", "Requests"),
        rows=[
            Row(code, [f"{number:,}"], _code_url(code, hour - 24 * _HOUR))
            for code, number in codes.value[:CODES_SHOWN]
        ],
        empty="No request failed.",
        note="What failed was not charged.",
        alarms=alarm,
    )


def _rate(hours: Sequence[Used], label: str, last: str) -> tuple[Figure, list[Alarm]]:
    requests = sum(one.requests for one in hours)
    lost = sum(one.unanswered for one in hours)
    high = requests >= REQUESTS_MIN and lost * 100 > requests * FAILED_PERCENT_MAX
    url = rows_url("embeddings", "inference", status__in="failed,released", last=last)
    note = f"{lost:,} of {requests:,} requests"
    figure = Figure(label, share(lost, requests), note, url, "bad" if high else "")
    if not high:
        return figure, []
    return figure, [Alarm("bad", f"{share(lost, requests)} of requests fail: {note}.", url)]


def _code_url(code: str, since: datetime) -> str:
    return rows_url("embeddings", "inference", error_code=code, created_at__gte=since.isoformat())


def queues_part() -> Part:
    """What waits before each model, and its workers."""
    known = queues()
    return Part(
        "queues",
        "Models and queues",
        now(),
        head=("Model", "Workers", "Waiting", "Oldest"),
        rows=[_queue_row(one) for one in known],
        empty="No model is served.",
        alarms=[alarm for one in known for alarm in _queue_alarms(one)],
    )


def _queue_row(queue: Queue) -> Row:
    backlog, url = queue.backlog, _model_url(queue.model)
    if backlog is None:
        return Row(queue.model, [AWAY, "", ""], url, "bad")
    waits = f"{backlog.oldest_s:.1f} s" if backlog.items else "nothing"
    tone = "bad" if not backlog.workers else "warn" if _is_late(queue) else ""
    return Row(queue.model, [f"{backlog.workers:,}", f"{backlog.items:,}", waits], url, tone)


def _queue_alarms(queue: Queue) -> list[Alarm]:
    url = _model_url(queue.model)
    if queue.backlog is None:
        return [Alarm("bad", f"The way to the workers of {queue.model} is down.", url)]
    if not queue.backlog.workers:
        return [Alarm("bad", f"{queue.model} has no worker: its requests are refused.", url)]
    if _is_late(queue):
        waits = f"{queue.backlog.oldest_s:.0f} s"
        return [Alarm("warn", f"A request for {queue.model} has waited {waits}.", url)]
    return []


def _is_late(queue: Queue) -> bool:
    return queue.backlog is not None and queue.backlog.oldest_s > WAITING_SECONDS_MAX


def _model_url(slug: str) -> str:
    return rows_url("embeddings", "catalogmodel", q=slug)
