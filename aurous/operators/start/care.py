"""What a person must look at: payments, webhooks, the invariants."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.urls import reverse

from aurous.operators.start.parts import Alarm, Figure, Part, ago, kept, now, rows_url
from billing import proofs
from billing.models import PaymentException, Proof, StripeEvent, WebhookEndpoint
from billing.payment_exceptions import UNCREDITED

_LATE = timedelta(minutes=10)  # an event of Stripe's that waits longer is stuck
_STALE = 2  # periods without a check
_OURS = ("failures", "gone")  # why an endpoint was disabled, where its team did not ask for it


def payments_part() -> Part:
    """Differences between Stripe and the books, and events that wait."""
    known = kept("payments", _count_payments)
    count, open_ = known.value, {"open": "1"}
    uncredited = rows_url("billing", "paymentexception", kind__in=",".join(UNCREDITED), **open_)
    all_open = rows_url("billing", "paymentexception", **open_)
    late = rows_url("billing", "stripeevent", state="waits")
    alarms = [
        Alarm(tone, text, url)
        for number, tone, text, url in (
            (count["uncredited"], "bad", "Paid and not credited: {}.", uncredited),
            (count["open"] - count["uncredited"], "warn", "Payment exceptions open: {}.", all_open),
            (count["late"], "warn", "Events of Stripe's that wait too long: {}.", late),
        )
        if number
        for text in [text.format(f"{number:,}")]
    ]
    return Part(
        "payments",
        "Payments",
        known.at,
        figures=[
            _counted("Paid, not credited", count["uncredited"], uncredited, "bad"),
            _counted("Exceptions open", count["open"], all_open, "warn"),
            _counted("Events that wait", count["late"], late, "warn"),
        ],
        alarms=alarms,
    )


def _count_payments() -> Mapping[str, int]:
    open_ = PaymentException.objects.filter(resolved_at=None)
    return {
        "uncredited": open_.filter(kind__in=UNCREDITED).count(),
        "open": open_.count(),
        "late": StripeEvent.objects.filter(due_at__lt=now() - _LATE).count(),
    }


def webhooks_part() -> Part:
    """Endpoints that hear nothing any more."""
    known = kept("webhooks", _count_endpoints)
    failed, asked = known.value
    url = rows_url("billing", "webhookendpoint", disabled_reason__in=",".join(_OURS))
    theirs = rows_url("billing", "webhookendpoint", disabled_reason__in="requested")
    alarms = [Alarm("warn", f"Webhook endpoints that failed: {failed:,}.", url)] if failed else []
    return Part(
        "webhooks",
        "Webhooks",
        known.at,
        figures=[
            _counted("Disabled after failures", failed, url, "warn"),
            _counted("Disabled by their team", asked, theirs, ""),
        ],
        alarms=alarms,
    )


def _count_endpoints() -> tuple[int, int]:
    disabled = WebhookEndpoint.objects.filter(status=WebhookEndpoint.Status.DISABLED)
    found = disabled.aggregate(
        failed=Count("pk", filter=Q(disabled_reason__in=_OURS)),
        asked=Count("pk", filter=~Q(disabled_reason__in=_OURS)),
    )
    return int(found["failed"]), int(found["asked"])


def _counted(label: str, number: int, url: str, tone: str) -> Figure:
    return Figure(label, f"{number:,}", "", url, tone if number else "good" if tone else "")


def proofs_part() -> Part:
    """The last check of the invariants."""
    moment, last, running = now(), proofs.last_ended(), proofs.unfinished()
    runs = _running(running, moment)
    return Part(
        "proofs",
        "Invariants",
        moment,
        figures=[_last(last, moment)],
        note=runs or "Every money rule, checked on the live database in the background.",
        alarms=_proof_alarms(last, moment),
        act=None if running else ("Check now", reverse("admin:billing_proof_run")),
    )


def _last(last: Proof | None, moment: datetime) -> Figure:
    if last is None or last.ended_at is None:
        return Figure("Last check", "never", "", rows_url("billing", "proof"))
    value, tone = {
        Proof.State.HOLDS: ("all hold", "good"),
        Proof.State.DIFFERS: (f"{last.differences:,} differences", "bad"),
    }.get(Proof.State(last.state), ("not finished", "warn"))
    note = f"{ago(moment, last.ended_at)}, {last.ended_at:%Y-%m-%d %H:%M} UTC"
    return Figure("Last check", value, note, _proof_url(last), tone)


def _running(proof: Proof | None, moment: datetime) -> str:
    if proof is None:
        return ""
    if proof.state == Proof.State.RUNNING:
        return f"A check runs, asked for by {proof.asked_by}."
    return f"A check waits to begin, asked for by {proof.asked_by} {ago(moment, proof.asked_at)}."


def _proof_alarms(last: Proof | None, moment: datetime) -> list[Alarm]:
    every = settings.PROOF_EVERY_SECONDS
    if last is None or last.ended_at is None:
        return []
    if last.state == Proof.State.DIFFERS:
        text = f"The invariants do not hold: {last.differences:,} differences."
        return [Alarm("bad", text, _proof_url(last))]
    if last.state == Proof.State.BROKEN:
        return [Alarm("warn", "The last check of the invariants broke off.", _proof_url(last))]
    if every and moment - last.ended_at > timedelta(seconds=_STALE * every):
        text = "The invariants were not checked for too long: does periodic work run?"
        return [Alarm("warn", text, _proof_url(last))]
    return []


def _proof_url(proof: Proof) -> str:
    return reverse("admin:billing_proof_change", args=[proof.pk])
