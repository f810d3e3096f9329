"""The start page: the parts that this person may see, and what needs somebody first."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from aurous.operators.start.care import payments_part, proofs_part, webhooks_part
from aurous.operators.start.money import liability_part, revenue_part, topups_part
from aurous.operators.start.parts import Alarm, Part
from aurous.operators.start.work import failures_part, queues_part

# Which table a part tells of, and how it is made: the order of the page.
PARTS: tuple[tuple[str, Callable[[], Part]], ...] = (
    ("billing.usagerollup", revenue_part),
    ("embeddings.inference", failures_part),
    ("embeddings.catalogmodel", queues_part),
    ("billing.paymentexception", payments_part),
    ("billing.webhookendpoint", webhooks_part),
    ("billing.proof", proofs_part),
    ("billing.topup", topups_part),
    ("billing.account", liability_part),
)


def may_view(request: HttpRequest, table: str) -> bool:
    """Whether somebody may look at the rows of a table: ``app.model``."""
    app, _, model = table.partition(".")
    return any(request.user.has_perm(f"{app}.{right}_{model}") for right in ("view", "change"))


def start_page(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What unfold hands to ``admin/index.html``."""
    parts = [make() for table, make in PARTS if may_view(request, table)]
    alarms = [alarm for part in parts for alarm in part.alarms]
    return context | {
        "title": "Start",
        "parts": parts,
        "alarms": sorted(alarms, key=_urgency),
        "may_run_proof": request.user.has_perm("billing.run_proof"),
    }


def _urgency(alarm: Alarm) -> int:
    return ("bad", "warn").index(alarm.tone)
